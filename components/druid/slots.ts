import type { SlotDemand } from "../../pipelines/derive/slots";
import type { DruidValues } from "../../settings";

/** Slots are added by so many at a time, because each change restarts the tasks that run. */
const slotStep = 8;

/**
 * Tasks that one pod runs at a time: as many as the values say, or as many as the streams need, where a task is a thread.
 *
 * @throws Error with the sum, if the streams need more and each task is a JVM: the pod's memory must grow with them
 */
export function workerCapacity({ indexer }: DruidValues, demand: SlotDemand | undefined): number {
  const { kind, workerCapacity: own, replicaCount } = indexer;
  const needed = Math.ceil((demand?.total ?? 0) / replicaCount);
  if (needed <= own) return own;
  if (kind === "indexer") return slotStep * Math.ceil(needed / slotStep);
  throw new Error(
    `The streams need ${demand?.total} task slots (${demand?.sum}), and Druid has ${own * replicaCount}: indexer.workerCapacity ` +
      `${own} × replicaCount ${replicaCount}. Raise workerCapacity to ${needed} in charts-values/druid.<stack>.yaml, and the memory ` +
      "of indexer.resources by what taskJvmArgs give each task, or add pods.",
  );
}
