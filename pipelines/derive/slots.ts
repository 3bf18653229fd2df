import type { Stream } from "../declare/stream";

/** Druid's task slots that streams take. */
export interface SlotDemand {
  readonly total: number;
  /** The sum, such as `demo 2 + orders 4`. */
  readonly sum: string;
}

/**
 * Twice the reading tasks of each stream, since the next one reads while one publishes; and a slot for merging segments.
 *
 * @param replicas copies of each task, if the stream doesn't say
 */
export function slotDemand(streams: readonly Stream[], replicas: number): SlotDemand {
  const parts = streams.map(({ name, ingestion }): [string, number] => [
    name,
    2 * (ingestion.taskCount ?? 1) * (ingestion.replicas ?? replicas),
  ]);
  if (streams.some(({ ingestion }) => ingestion.compaction)) parts.push(["compaction", 1]);
  return {
    total: parts.reduce((sum, [, slots]) => sum + slots, 0),
    sum: parts.map((part) => part.join(" ")).join(" + "),
  };
}
