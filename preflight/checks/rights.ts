import { partsOf, type Rule } from "../facts";
import { error, type Finding, warning } from "../finding";

/** One thing that the user must be allowed to do in the stack's namespace. */
export interface Right {
  readonly verb: string;
  /** With its group, such as `statefulsets.apps`, and its subresource, such as `pods/portforward`. */
  readonly resource: string;
}

const verbs = ["get", "list", "watch", "create", "patch", "delete"];

/** What Pulumi's provider does with objects of these resources, and what the custom resources reach their services by. */
export function neededRights(resources: Iterable<string>): Right[] {
  const own = [...resources].filter((resource) => resource !== "namespaces").sort();
  return [
    ...own.flatMap((resource) => verbs.map((verb) => ({ verb, resource }))),
    ...["get", "list", "watch"].map((verb) => ({ verb, resource: "pods" })),
    { verb: "create", resource: "pods/portforward" },
  ];
}

/** The rights that no rule gives. Rules leave out what a webhook of the cluster allows. */
export function beyondRules(rights: readonly Right[], rules: readonly Rule[]): Right[] {
  return rights.filter((right) => !rules.some((rule) => allows(rule, right)));
}

function allows(rule: Rule, { verb, resource }: Right): boolean {
  const { group, name, subresource } = partsOf(resource);
  const names =
    subresource === undefined ? [name, "*"] : [`${name}/${subresource}`, `*/${subresource}`, "*"];
  const has = (list: readonly string[], wanted: readonly string[]) =>
    wanted.some((one) => list.includes(one));
  return (
    rule.resourceNames.length === 0 &&
    has(rule.verbs, [verb, "*"]) &&
    has(rule.apiGroups, [group, "*"]) &&
    has(rule.resources, names)
  );
}

export interface Refused {
  readonly user: string;
  readonly namespace: string;
  /** In the namespace. */
  readonly rights: readonly Right[];
  /** Where the user may not create the namespace: whether it is missing, or can't be seen either. */
  readonly namespaceIs?: "missing" | "hidden";
}

export function checkRights({ user, namespace, rights, namespaceIs }: Refused): Finding[] {
  const findings: Finding[] = [];
  const toCreate =
    "Have an administrator allow it, such as by: kubectl create clusterrolebinding <name> --clusterrole=cluster-admin --user=<user>; " +
    "or use a context with that right: pulumi config set kubernetes:context <context>";
  if (namespaceIs === "missing") {
    findings.push(
      error(
        `User "${user}" may not create namespaces, and there is no namespace ${namespace}.`,
        toCreate,
      ),
    );
  }
  if (namespaceIs === "hidden") {
    findings.push(
      warning(
        `User "${user}" may not create namespaces, and may not see whether ${namespace} exists.`,
        `If it doesn't: ${toCreate}`,
      ),
    );
  }
  if (rights.length > 0) {
    findings.push(
      error(
        `User "${user}" may not do all that the stack needs in namespace ${namespace}: it lacks ${byVerbs(rights)}.`,
        `Have an administrator allow it, such as by: kubectl create rolebinding <name> --clusterrole=admin --user=<user> --namespace=${namespace}`,
      ),
    );
  }
  return findings;
}

/** `create, patch: jobs.batch, statefulsets.apps; create: pods/portforward` */
function byVerbs(rights: readonly Right[]): string {
  const groups = new Map<string, string[]>();
  for (const resource of new Set(rights.map((right) => right.resource))) {
    const refused = rights.filter((right) => right.resource === resource);
    const key = refused.map(({ verb }) => verb).join(", ");
    groups.set(key, [...(groups.get(key) ?? []), resource]);
  }
  return [...groups].map(([key, resources]) => `${key}: ${resources.join(", ")}`).join("; ");
}
