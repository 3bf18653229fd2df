import type { CoreV1Api } from "@kubernetes/client-node";
import { z } from "zod";
import { quantityBytes } from "../components/kubernetes/quantity";
import { coreApi } from "../resources/kubeconfig";
import type { Benchmark } from "./figure";
import { readRunningStack } from "./stack";

const GIB = 1024 ** 3;
/** docs/benchmarks.md; without Airflow. */
const TARGET_BYTES = 5 * GIB;

const summary = z.object({
  pods: z.array(
    z.object({
      podRef: z.object({ name: z.string(), namespace: z.string() }),
      containers: z
        .array(
          z.object({ memory: z.object({ workingSetBytes: z.number().optional() }).optional() }),
        )
        .default([]),
    }),
  ),
});

/** What the stack's pods hold in memory, held against what they request. */
export const memory: Benchmark = {
  name: "memory",
  about: "working sets of all pods of the running stack ÷ what they request",
  disruptive: false,
  run: async () => {
    const { namespace, context } = await readRunningStack();
    const core = await coreApi({ context });
    const used = await workingSets(core, namespace);
    const requested = await requestedBytes(core, namespace);
    const total = [...used.values()].reduce((sum, bytes) => sum + bytes, 0);
    return {
      name: "Memory of all pods",
      measured: [
        ...[...used]
          .sort(([, left], [, right]) => right - left)
          .map(([pod, bytes]) => `${gib(bytes)} ${pod}`),
        `${gib(total)} in all, ${gib(requested)} requested`,
      ],
      ratio: total / requested,
      ratioOf: "sum of the working sets ÷ sum of the requests",
      target: { text: `≤ ${gib(TARGET_BYTES)}`, kept: total <= TARGET_BYTES },
    };
  },
};

/** Bytes by pod, as each node's kubelet counts them. */
async function workingSets(core: CoreV1Api, namespace: string): Promise<Map<string, number>> {
  const used = new Map<string, number>();
  for (const node of (await core.listNode()).items) {
    const name = node.metadata?.name ?? "";
    const answer: unknown = await core.connectGetNodeProxyWithPath({ name, path: "stats/summary" });
    const { pods } = summary.parse(typeof answer === "string" ? JSON.parse(answer) : answer);
    for (const { podRef, containers } of pods) {
      if (podRef.namespace !== namespace) continue;
      const bytes = containers.map((container) => container.memory?.workingSetBytes ?? 0);
      used.set(
        podRef.name,
        bytes.reduce((sum, value) => sum + value, 0),
      );
    }
  }
  return used;
}

async function requestedBytes(core: CoreV1Api, namespace: string): Promise<number> {
  const pods = (await core.listNamespacedPod({ namespace })).items;
  return pods
    .filter((pod) => pod.status?.phase === "Running")
    .flatMap((pod) => pod.spec?.containers ?? [])
    .map((container) => quantityBytes(container.resources?.requests?.memory ?? "0"))
    .reduce((sum, bytes) => sum + bytes, 0);
}

const gib = (bytes: number) => `${(bytes / GIB).toFixed(2)} GiB`;
