import { CoreV1Api, type V1Pod } from "@kubernetes/client-node";
import { adminConfig } from "./api";
import { nodeName } from "./layout";

/**
 * Undefined when the node is ready, as its kubelet said after `since` (ms since the epoch): until
 * the kubelet speaks, the API still has what it said before the last stop.
 */
export async function freshNode(since: number): Promise<string | undefined> {
  const { status } = await core().readNode({ name: nodeName });
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status !== "True") return ready?.message ?? "it has no Ready condition yet";
  const said = ready.lastHeartbeatTime?.getTime() ?? 0;
  return said >= wholeSecond(since) ? undefined : "its kubelet has not reported yet";
}

/** Undefined when a CoreDNS pod, started after `since`, is ready. */
export async function readyDns(since: number): Promise<string | undefined> {
  const which = { namespace: "kube-system", labelSelector: "k8s-app=kube-dns" };
  const pods = (await core().listNamespacedPod(which)).items;
  if (pods.some((pod) => isReady(pod) && !isStale(pod, since))) return undefined;
  return pods.map(describe).join("; ") || "it has no pod yet";
}

/** Undefined when no pod is said to run by what was written before `since`. */
export async function freshPods(since: number): Promise<string | undefined> {
  const which = { fieldSelector: `spec.nodeName=${nodeName}` };
  const { items } = await core().listPodForAllNamespaces(which);
  const stale = items.filter((pod) => isStale(pod, since));
  return stale.length === 0 ? undefined : `not restarted yet: ${stale.map(describe).join("; ")}`;
}

function core(): CoreV1Api {
  return adminConfig().makeApiClient(CoreV1Api);
}

function isReady({ status }: V1Pod): boolean {
  return (status?.conditions ?? []).some((one) => one.type === "Ready" && one.status === "True");
}

function isStale({ status }: V1Pod, since: number): boolean {
  return (status?.containerStatuses ?? []).some(({ state }) => {
    const started = state?.running?.startedAt?.getTime();
    return started !== undefined && started < wholeSecond(since);
  });
}

function describe({ metadata, status }: V1Pod): string {
  const states = status?.containerStatuses ?? [];
  const waiting = states.flatMap(({ state }) => state?.waiting?.reason ?? []);
  return `${metadata?.namespace}/${metadata?.name} ${[status?.phase, ...waiting].join(" ")}`;
}

/** The API's times have no fractions of a second. */
function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
