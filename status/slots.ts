import { z } from "zod";
import { counted } from "../resources/counted";
import { request } from "../resources/druid/request";
import type { Content } from "./section";

const capacity = z.object({
  /** -1: Druid can't tell, as with tasks that are Kubernetes' Jobs. */
  currentClusterCapacity: z.number(),
  usedClusterCapacity: z.number().optional(),
});
const tasks = z.array(z.object({ id: z.string(), dataSource: z.string().nullish() }));

/** The slots in which Druid's tasks run, and the tasks that wait for one. */
export async function readSlots(url: string): Promise<Content> {
  const [slots, ...lists] = await Promise.all([
    request(url, "GET", "/druid/indexer/v1/totalWorkerCapacity"),
    request(url, "GET", "/druid/indexer/v1/tasks?state=pending"),
    request(url, "GET", "/druid/indexer/v1/tasks?state=waiting"),
  ]);
  const waiting = lists.flatMap(({ body }) => tasks.parse(body)).map(({ id }) => id);
  return describeSlots(capacity.parse(slots.body), waiting);
}

/** The section about slots. */
export function describeSlots(
  { currentClusterCapacity: total, usedClusterCapacity: used }: z.output<typeof capacity>,
  waiting: readonly string[],
): Content {
  const count = total < 0 ? "Druid can't tell their number" : `${used ?? "?"} of ${total} in use`;
  const isUsedUp = total >= 0 && used !== undefined && used >= total;
  return {
    summary: `${count}, ${counted(waiting.length, "task")} waiting for one`,
    problems:
      isUsedUp && waiting.length > 0
        ? [
            `all task slots are in use, and ${counted(waiting.length, "task")} waiting: worker.capacity in charts-values/druid.yaml sets their number`,
          ]
        : [],
  };
}
