import * as pulumi from "@pulumi/pulumi";
import type { ReadingTasks } from "../../pipelines/derive/slots";
import type { DruidValues } from "../../settings";

/** @throws RunError with the sum, if the streams need more task slots than Druid has: one of them would wait for ever */
export function requireTaskSlots({ indexer }: DruidValues, reading: ReadingTasks): void {
  const { workerCapacity, replicaCount } = indexer;
  const slots = workerCapacity * replicaCount;
  if (reading.total <= slots) return;
  throw new pulumi.RunError(
    `The streams are read by ${reading.total} tasks (${reading.sum}), and Druid has ${slots} task slots: indexer.workerCapacity ` +
      `${workerCapacity} × replicaCount ${replicaCount}. Raise workerCapacity in charts-values/druid.<stack>.yaml to ` +
      `${Math.ceil((2 * reading.total) / replicaCount)}: two for each task, since the next one reads while one publishes. Where ` +
      "indexer.kind is middleManager, raise the memory of indexer.resources by what taskJvmArgs give each task.",
  );
}
