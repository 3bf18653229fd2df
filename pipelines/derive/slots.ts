import type { Stream } from "../declare/stream";
import { taskCounts } from "./ingestion";

/** The tasks that read streams at a time. */
export interface ReadingTasks {
  readonly total: number;
  /** The sum, such as `demo 1 + orders 2`. */
  readonly sum: string;
}

/** @param replicas copies of each task, if the stream doesn't say */
export function readingTasks(streams: readonly Stream[], replicas: number): ReadingTasks {
  const tasks = streams.map((stream) => {
    const counts = taskCounts(stream, replicas);
    return counts.taskCount * counts.replicas;
  });
  return {
    total: tasks.reduce((sum, one) => sum + one, 0),
    sum: streams.map(({ name }, index) => `${name} ${tasks[index]}`).join(" + "),
  };
}
