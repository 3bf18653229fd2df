import { amountOf } from "../components/kubernetes/quantity";
import { z } from "../settings/zod";
import type { Api, Read } from "./api";
import { podRequests } from "./declared";
import type { Amounts } from "./quantity";

/** What the checks need to know of the cluster. */
export interface Facts {
  readonly version: Read<Version>;
  /** Undefined: there is no such namespace. */
  readonly namespace: Read<NamespaceFact | undefined>;
  /** What the user may do in the namespace. */
  readonly rules: Read<readonly Rule[]>;
  readonly mayCreateNamespaces: Read<boolean>;
  readonly storageClasses: Read<readonly StorageClass[]>;
  readonly nodes: Read<readonly Node[]>;
  /** Pods of the stack's namespace. */
  readonly pods: Read<readonly Pod[]>;
  /** Claims of the stack's namespace. */
  readonly claims: Read<readonly Claim[]>;
}

/** Reads what costs the API server little, whatever the cluster's size. */
export async function readFacts(api: Api, namespace: string): Promise<Facts> {
  const inNamespace = `/api/v1/namespaces/${namespace}`;
  const rules = { kind: "SelfSubjectRulesReview", spec: { namespace } };
  const [version, found, allowed, mayCreateNamespaces, storageClasses, nodes, pods, claims] =
    await Promise.all([
      api.get("/version", versionSchema),
      api.get(inNamespace, namespaceSchema),
      api.review(
        `${authorization}/selfsubjectrulesreviews`,
        { apiVersion: authorizationVersion, ...rules },
        rulesSchema,
      ),
      mayDo(api, { verb: "create", resource: "namespaces" }),
      api.get("/apis/storage.k8s.io/v1/storageclasses", listOf(storageClassSchema)),
      api.get("/api/v1/nodes", listOf(nodeSchema)),
      api.get(`${inNamespace}/pods`, listOf(podSchema)),
      api.get(`${inNamespace}/persistentvolumeclaims`, listOf(claimSchema)),
    ]);
  const isMissing = !found.ok && found.status === 404;
  return {
    version,
    namespace: isMissing ? { ok: true, value: undefined } : found,
    rules: allowed,
    mayCreateNamespaces,
    storageClasses,
    nodes,
    pods,
    claims,
  };
}

/** The pods of all namespaces that have not ended. */
export function readAllPods(api: Api): Promise<Read<readonly Pod[]>> {
  const selector = "status.phase!=Succeeded,status.phase!=Failed";
  return api.get(`/api/v1/pods?fieldSelector=${encodeURIComponent(selector)}`, listOf(podSchema));
}

export function readVolumes(api: Api): Promise<Read<readonly Volume[]>> {
  return api.get("/api/v1/persistentvolumes", listOf(volumeSchema));
}

/** Whether the cluster adds nodes when pods wait for one: by the Cluster Autoscaler (also GKE's and AKS's) or Karpenter (also EKS's). */
export async function addsNodes(api: Api): Promise<boolean> {
  const signs = await Promise.all([
    api.get("/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status", z.unknown()),
    api.get("/apis/karpenter.sh", z.unknown()),
  ]);
  return signs.some(({ ok }) => ok);
}

/** Whether the user may do one thing; `resource` with its group, such as `statefulsets.apps`, or `pods/portforward`. */
export function mayDo(
  api: Api,
  { verb, resource, namespace }: { verb: string; resource: string; namespace?: string },
): Promise<Read<boolean>> {
  const { group, name, subresource } = partsOf(resource);
  const resourceAttributes = { namespace, verb, group, resource: name, subresource };
  return api.review(
    `${authorization}/selfsubjectaccessreviews`,
    {
      apiVersion: authorizationVersion,
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes },
    },
    accessSchema,
  );
}

/** `{group: "apps", name: "statefulsets"}` of `statefulsets.apps`. */
export function partsOf(resource: string): { group: string; name: string; subresource?: string } {
  const [whole = "", subresource] = resource.split("/");
  const [name = "", ...group] = whole.split(".");
  return { group: group.join("."), name, ...(subresource !== undefined && { subresource }) };
}

const authorization = "/apis/authorization.k8s.io/v1";
const authorizationVersion = "authorization.k8s.io/v1";

const text = z.string();
const labels = z.record(text, text).default({});

function listOf<T>(schema: z.ZodType<T>): z.ZodType<T[]> {
  return z.object({ items: z.array(schema) }).transform(({ items }) => items);
}

const versionSchema = z.object({ major: text, minor: text, gitVersion: text });
export type Version = z.output<typeof versionSchema>;

const namespaceSchema = z.object({
  metadata: z.object({ name: text, labels, deletionTimestamp: text.optional() }),
  status: z
    .object({
      conditions: z
        .array(z.object({ type: text, status: text, message: text.optional() }))
        .default([]),
    })
    .default({ conditions: [] }),
});
export type NamespaceFact = z.output<typeof namespaceSchema>;

const texts = z
  .array(text)
  .nullish()
  .transform((list) => list ?? []);
const ruleSchema = z.object({
  verbs: texts,
  apiGroups: texts,
  resources: texts,
  resourceNames: texts,
});
export type Rule = z.output<typeof ruleSchema>;
const rulesSchema = z
  .object({ status: z.object({ resourceRules: z.array(ruleSchema).nullish() }) })
  .transform(({ status }) => status.resourceRules ?? []);

const accessSchema = z
  .object({ status: z.object({ allowed: z.boolean() }) })
  .transform(({ status }) => status.allowed);

const defaultMarks = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];
const storageClassSchema = z
  .object({ metadata: z.object({ name: text, annotations: labels }), provisioner: text })
  .transform(({ metadata: { name, annotations }, provisioner }) => ({
    name,
    provisioner,
    isDefault: defaultMarks.some((mark) => annotations[mark] === "true"),
  }));
export type StorageClass = z.output<typeof storageClassSchema>;

const amounts = z
  .object({ cpu: text.default("0"), memory: text.default("0") })
  .transform(({ cpu, memory }): Amounts => ({ cpu: amountOf(cpu), memory: amountOf(memory) }));

const nodeSchema = z
  .object({
    metadata: z.object({ name: text, labels }),
    spec: z.object({
      unschedulable: z.boolean().default(false),
      taints: z.array(z.object({ key: text, value: text.default(""), effect: text })).default([]),
    }),
    status: z.object({ allocatable: amounts }),
  })
  .transform(({ metadata, spec, status }) => ({ ...metadata, ...spec, ...status }));
export type Node = z.output<typeof nodeSchema>;

const containers = z
  .array(
    z.object({ image: text.default(""), resources: z.object({ requests: labels }).optional() }),
  )
  .default([]);
const podSchema = z
  .object({
    metadata: z.object({ name: text, namespace: text, labels }),
    spec: z.object({
      nodeName: text.default(""),
      nodeSelector: labels,
      containers,
      initContainers: containers,
    }),
    status: z.object({ phase: text.default("") }).default({ phase: "" }),
  })
  .transform(({ metadata, spec, status }) => ({
    ...metadata,
    ...status,
    nodeName: spec.nodeName,
    nodeSelector: spec.nodeSelector,
    images: [...spec.containers, ...spec.initContainers].map(({ image }) => image),
    requests: podRequests(spec.containers, spec.initContainers),
  }));
export type Pod = z.output<typeof podSchema>;

const claimSchema = z
  .object({
    metadata: z.object({ name: text, labels, deletionTimestamp: text.optional() }),
    spec: z.object({ volumeName: text.default("") }),
    status: z.object({ phase: text.default("") }).default({ phase: "" }),
  })
  .transform(({ metadata, spec, status }) => ({ ...metadata, ...spec, ...status }));
export type Claim = z.output<typeof claimSchema>;

const volumeSchema = z
  .object({
    metadata: z.object({ name: text }),
    spec: z.object({
      storageClassName: text.default(""),
      claimRef: z.object({ namespace: text.default(""), name: text.default("") }).optional(),
    }),
    status: z.object({ phase: text.default("") }).default({ phase: "" }),
  })
  .transform(({ metadata, spec, status }) => ({ ...metadata, ...spec, ...status }));
export type Volume = z.output<typeof volumeSchema>;
