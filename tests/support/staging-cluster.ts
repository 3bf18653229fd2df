import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { V1Pod } from "@kubernetes/client-node";
import { parseOutputs, type StackOutputs } from "../../verify/outputs";
import { coreApi } from "./kubernetes";
import { mustMake } from "./stack";

/** Staging's topology in small. */
export const rehearsal = { STACK: "rehearsal" };

/** The rehearsal's outputs, secrets included; points this process at its cluster. */
export async function readRehearsal(): Promise<StackOutputs> {
  process.env.KUBECONFIG = (await mustMake("kubeconfig", rehearsal)).stdout.trim();
  const { stdout } = await mustMake("outputs", { ...rehearsal, SHOW_SECRETS: "1" });
  return parseOutputs(stdout);
}

/** The pods of one service of the stack, such as `kafka`, by name. */
export async function podsOf(outputs: StackOutputs, service: string): Promise<V1Pod[]> {
  const { items } = await (await coreApi()).listNamespacedPod({
    namespace: outputs.namespace,
    labelSelector: `app.kubernetes.io/name=${service}`,
  });
  return items.sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

export const nameOf = (pod: V1Pod): string => pod.metadata?.name ?? "";
export const idOf = (pod: V1Pod): string => pod.metadata?.uid ?? "";

export function isReady(pod: V1Pod): boolean {
  return (
    pod.metadata?.deletionTimestamp === undefined &&
    pod.status?.conditions?.find(({ type }) => type === "Ready")?.status === "True"
  );
}

/** The whole log of a pod. */
export async function logOf(outputs: StackOutputs, pod: V1Pod): Promise<string> {
  return (await coreApi()).readNamespacedPodLog({
    namespace: outputs.namespace,
    name: nameOf(pod),
  });
}

/** Adds lines to a values file of the rehearsal while `use` runs: the change is a rolling restart for the next `up`. */
export async function withValues<T>(
  service: string,
  lines: string,
  use: () => Promise<T>,
): Promise<T> {
  const file = join(__dirname, "../../charts-values", `${service}.rehearsal.yaml`);
  // What a run that was killed has left is taken away.
  const before = readFileSync(file, "utf8").replace(`${lines}\n`, "");
  writeFileSync(file, `${before}${lines}\n`);
  try {
    return await use();
  } finally {
    writeFileSync(file, before);
  }
}

/** Looks again and again, without a pause between two looks but `pauseMs`, until `stop` is called; it throws what a look threw. */
export function watch(look: () => Promise<void>, pauseMs: number): { stop(): Promise<void> } {
  let stopped = false;
  const run = async () => {
    while (!stopped) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  const ended = run();
  // Reported by stop(), not as an unhandled rejection before it.
  ended.catch(() => {});
  return {
    stop: () => {
      stopped = true;
      return ended;
    },
  };
}
