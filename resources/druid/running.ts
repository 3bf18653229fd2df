/** Waits for a supervisor to read. */
import { isSame } from "../drift";
import { isObject, type JsonObject, objectOf } from "../json";
import { poll } from "../poll";
import { endedTasks, getStatus, type SupervisorStatus, shutdownTask, taskIoConfig } from "./api";
import { hasUnavailableOffset, isHealthy, oneLine, type TopicView, troubleOf } from "./health";
import { timedOut } from "./lifecycle";

const runningMs = 180_000;

export interface RunningWait {
  /** Default: 180,000. */
  readonly timeoutMs?: number;
  /** Default: lost messages are not looked for. */
  readonly topic?: TopicView;
  /** The supervisor's spec: a task that reaches Kafka in another way is ended. Default: none is. */
  readonly spec?: JsonObject;
}

/**
 * Waits until the supervisor is healthy and has a task that runs.
 *
 * @throws Error at once if its next messages are lost or its tasks fail again and again; on time-out with what Druid says of it
 */
export async function awaitRunning(url: string, id: string, wait: RunningWait = {}): Promise<void> {
  const { timeoutMs = runningMs, topic, spec } = wait;
  const isStale = staleness(url, spec);
  let last: SupervisorStatus | undefined;
  const failure = async () =>
    timedOut(`supervisor ${id} does not run: ${await describe(url, id, last)}`, timeoutMs);
  await poll({ timeoutMs, failure }, async () => {
    last = await getStatus(url, id);
    if (last === undefined) return undefined;
    if (last.suspended) return true;
    let ended = 0;
    for (const { id: task } of last.activeTasks) {
      if (!(await isStale(task))) continue;
      await shutdownTask(url, task);
      ended += 1;
    }
    if (ended > 0) return undefined;
    const isRunning = runs(last);
    // Kafka is asked, so it is not done while a task only begins. Between two that fail there is none.
    const hasNone = last.activeTasks.length === 0;
    if (isRunning || hasNone || hasUnavailableOffset(last) || !isHealthy(last)) {
      const trouble = await troubleOf(url, id, topic);
      if (trouble?.lasting) throw new Error(`supervisor ${id} does not read: ${trouble.text}`);
    }
    return isRunning || undefined;
  });
}

/**
 * Druid lets a task read on under a supervisor that reaches Kafka in another way, such as with a login. A task that can't
 * reach Kafka any more would wait for ever. Nothing is lost: the next task begins where the last published rows end.
 */
function staleness(url: string, spec?: JsonObject): (task: string) => Promise<boolean> {
  const present = objectOf(objectOf(objectOf(spec?.spec).ioConfig).consumerProperties);
  const known = new Set<string>();
  return async (task) => {
    if (spec === undefined || known.has(task)) return false;
    const { consumerProperties } = await taskIoConfig(url, task);
    known.add(task);
    return isObject(consumerProperties) && !isSame(consumerProperties, present);
  };
}

function runs(status: SupervisorStatus): boolean {
  const { state, detailedState, activeTasks } = status;
  return (
    isHealthy(status) &&
    ["RUNNING", "IDLE", "UNHEALTHY_TASKS"].includes(detailedState) &&
    (state === "IDLE" || activeTasks.some((task) => task.startTime))
  );
}

async function describe(url: string, id: string, last?: SupervisorStatus): Promise<string> {
  if (last === undefined) {
    return "Druid does not know it";
  }
  const errors = last.recentErrors
    .slice(-3)
    .map((error) => oneLine(error.message ?? error.exceptionClass));
  const failed = (await endedTasks(url, id)).filter((task) => task.statusCode === "FAILED");
  return [
    `state ${last.state}, ${last.detailedState}, ${last.activeTasks.length} tasks`,
    ...(errors.length === 0 ? [] : [`recent errors: ${errors.join("; ")}`]),
    ...failed.slice(0, 1).map((task) => `task ${task.id} failed: ${oneLine(task.errorMsg ?? "")}`),
  ].join(". ");
}
