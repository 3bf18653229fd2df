import type { Claim, NamespaceFact, Pod, Volume } from "../facts";
import { error, type Finding, listed, warning } from "../finding";

/** Labels that a namespace has which a stack made, or took over. */
const ownerLabels = (stack: string) => ({
  "app.kubernetes.io/part-of": "realtime-analytics",
  "app.kubernetes.io/instance": stack,
});

/** Whether the namespace can be the stack's: it may be left from before (`dataOnDestroy: keep`), but not somebody else's. */
export function checkOwner(
  { metadata, status }: NamespaceFact,
  stack: string,
  claims: readonly Claim[],
): Finding[] {
  const { name, labels, deletionTimestamp } = metadata;
  if (deletionTimestamp !== undefined) return [terminating(name, status.conditions)];
  const wanted = Object.entries(ownerLabels(stack));
  if (wanted.every(([key, value]) => labels[key] === value)) return [];
  const owner = labels["app.kubernetes.io/instance"];
  const isOther =
    owner !== undefined && labels["app.kubernetes.io/part-of"] === "realtime-analytics";
  const holds =
    claims.length > 0
      ? ` It holds volume claims: ${listed(claims.map((claim) => claim.name))}.`
      : "";
  const adopt = `kubectl label --overwrite namespace ${name} ${wanted.map((pair) => pair.join("=")).join(" ")}`;
  return [
    error(
      `Namespace ${name} exists, and is ${isOther ? `the stack ${owner}'s` : "not a stack's of this program"}. The stack would own it, and delete it with all that is in it.${holds}`,
      `Choose another: pulumi config set namespace <name>. Or delete it: kubectl delete namespace ${name}. ` +
        `Or give it to the stack: ${adopt}, and pulumi config set dataOnDestroy keep, with which it is taken over`,
    ),
  ];
}

function terminating(name: string, conditions: NamespaceFact["status"]["conditions"]): Finding {
  const held = conditions
    .filter(({ status, message }) => status === "True" && message !== undefined)
    .map(({ message }) => message);
  return error(
    `Namespace ${name} is being deleted.${held.length > 0 ? ` ${held.join(" ")}` : ""}`,
    `Wait until it is gone: kubectl wait --for=delete namespace/${name}`,
  );
}

/** Claims of an earlier stack that no pod could mount any more. */
export function checkClaims(claims: readonly Claim[], namespace: string): Finding[] {
  const lost = claims.filter(({ phase }) => phase === "Lost").map(({ name }) => name);
  if (lost.length === 0) return [];
  return [
    error(
      `Volume claims in namespace ${namespace} have lost their volume: ${listed(lost)}.`,
      `Their data is gone. Delete them: kubectl -n ${namespace} delete pvc ${lost.join(" ")}`,
    ),
  ];
}

/** Volumes whose claims were in the namespace, and are gone: nothing finds them any more, and they cost money. */
export function checkReleased(volumes: readonly Volume[], namespace: string): Finding[] {
  const released = volumes.filter(
    ({ phase, claimRef }) => phase === "Released" && claimRef?.namespace === namespace,
  );
  if (released.length === 0) return [];
  const names = released.map(({ name, claimRef }) => `${name} (of ${claimRef?.name})`);
  return [
    warning(
      `Volumes of an earlier stack in namespace ${namespace} are still there, and this stack would not use them: ${listed(names)}.`,
      "To use the data again, make a claim of the same name with spec.volumeName before `up`, and remove the volume's claimRef. " +
        `To delete it: kubectl delete pv ${released.map(({ name }) => name).join(" ")}`,
    ),
  ];
}

/**
 * The stack sets Pod Security `restricted` on its namespace, which its own pods keep. Pods of somebody else that need more
 * would not start again.
 */
export function checkPodSecurity(
  { metadata }: NamespaceFact,
  stack: string,
  pods: readonly Pod[],
): Finding[] {
  const enforced = metadata.labels["pod-security.kubernetes.io/enforce"];
  const others = pods.filter(({ labels }) => labels["app.kubernetes.io/instance"] !== stack);
  if (enforced === "restricted" || others.length === 0) return [];
  return [
    warning(
      `Namespace ${metadata.name} enforces Pod Security ${enforced ? `"${enforced}"` : "of no level by itself"}. The stack sets "restricted", and these pods are not its own: ${listed(others.map(({ name }) => name))}.`,
      "Move them to another namespace, if they need more than restricted allows",
    ),
  ];
}
