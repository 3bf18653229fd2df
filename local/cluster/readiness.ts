import { z } from "zod";
import { getJson } from "./api";
import { nodeName } from "./layout";

const condition = z.object({
  type: z.string(),
  status: z.string(),
  message: z.string().optional(),
  lastHeartbeatTime: z.coerce.date().optional(),
});

const nodeSchema = z.object({
  status: z.object({ conditions: z.array(condition).default([]) }),
});

const container = z.object({
  state: z.object({
    running: z.object({ startedAt: z.coerce.date() }).optional(),
    waiting: z.object({ reason: z.string().optional() }).optional(),
  }),
});

const podSchema = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  status: z.object({
    phase: z.string().optional(),
    conditions: z.array(condition).default([]),
    containerStatuses: z.array(container).default([]),
  }),
});

const podList = z.object({ items: z.array(podSchema) });

type Pod = z.infer<typeof podSchema>;

/**
 * Undefined when the node is ready, as its kubelet said after `since` (ms since the epoch): until
 * the kubelet speaks, the API still has what it said before the last stop.
 */
export async function freshNode(since: number): Promise<string | undefined> {
  const node = nodeSchema.parse(await getJson(`/api/v1/nodes/${nodeName}`));
  const ready = node.status.conditions.find(({ type }) => type === "Ready");
  if (ready?.status !== "True") return ready?.message ?? "it has no Ready condition yet";
  const said = ready.lastHeartbeatTime?.getTime() ?? 0;
  return said >= wholeSecond(since) ? undefined : "its kubelet has not reported yet";
}

/** Undefined when a CoreDNS pod, started after `since`, is ready. */
export async function readyDns(since: number): Promise<string | undefined> {
  const path = "/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns";
  const pods = podList.parse(await getJson(path)).items;
  if (pods.some((pod) => isReady(pod) && !isStale(pod, since))) return undefined;
  return pods.map(describe).join("; ") || "it has no pod yet";
}

/** Undefined when no pod is said to run by what was written before `since`. */
export async function freshPods(since: number): Promise<string | undefined> {
  const stale = podList
    .parse(await getJson(`/api/v1/pods?fieldSelector=spec.nodeName%3D${nodeName}`))
    .items.filter((pod) => isStale(pod, since));
  return stale.length === 0 ? undefined : `not restarted yet: ${stale.map(describe).join("; ")}`;
}

function isReady(pod: Pod): boolean {
  return pod.status.conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

function isStale(pod: Pod, since: number): boolean {
  return pod.status.containerStatuses.some(({ state }) => {
    const started = state.running?.startedAt.getTime();
    return started !== undefined && started < wholeSecond(since);
  });
}

function describe(pod: Pod): string {
  const { metadata, status } = pod;
  const waiting = status.containerStatuses.flatMap(({ state }) => state.waiting?.reason ?? []);
  return `${metadata.namespace}/${metadata.name} ${[status.phase, ...waiting].join(" ")}`;
}

/** The API's times have no fractions of a second. */
function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
