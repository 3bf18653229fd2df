import { getStatus, getSupervisor, postSupervisor, resetOffsets } from "./api";
import { findLost, type LostOffsets, type TopicView } from "./health";
import { awaitNoTasks, tasksMs, topicOf } from "./lifecycle";
import { awaitRunning } from "./running";

/**
 * Continues at the first message that Kafka has, in each partition whose next messages are lost. The rows that its tasks
 * have read are published first. Nothing happens where no messages are lost.
 *
 * @returns what is lost
 */
export async function skipLost(url: string, id: string, topic: TopicView): Promise<LostOffsets[]> {
  const status = await getStatus(url, id);
  const spec = await getSupervisor(url, id);
  if (status === undefined || spec === undefined || status.suspended) return [];
  const lost = await findLost(url, id, topic, status);
  if (lost.length === 0) return [];
  if (status.activeTasks.length > 0) {
    await postSupervisor(url, { ...spec, suspended: true });
    await awaitNoTasks(url, id, 3 * tasksMs);
    await postSupervisor(url, { ...spec, suspended: false });
  }
  const earliest = await topic.earliest();
  const begins = lost.map(({ partition, earliest: first }) => ({
    partition,
    first: earliest.get(partition) ?? first,
  }));
  const offsets = new Map(begins.map(({ partition, first }) => [partition, first]));
  await resetOffsets(url, id, String(topicOf(spec)), offsets);
  await awaitRunning(url, id);
  return lost;
}
