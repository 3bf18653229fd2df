/** Creates, changes and deletes a supervisor over Druid's API. Each step has a time limit. */
import { isSame } from "../drift";
import { errorText } from "../error-text";
import { type JsonObject, jsonObjectOf, objectOf } from "../json";
import { poll } from "../poll";
import {
  getHistory,
  getSupervisor,
  hasLeader,
  killSegments,
  markUnused,
  postSupervisor,
  resetSupervisor,
  shutdownTask,
  type Task,
  taskStatus,
  terminateSupervisor,
  unfinishedTasks,
} from "./api";
import { isRefusedLogin } from "./request";
import { validateSpec } from "./validation";

export interface SupervisorRequest {
  readonly datasource: string;
  readonly spec: JsonObject;
  /** One event that the spec must be able to read. */
  /** A message. A state from before they had more forms than JSON has an object. */
  readonly example?: JsonObject | string;
  /** The topic's identity in Kafka; another one than before means that the topic was created again. */
  readonly topicId?: string;
  /** How many the topic has: tasks read an added partition only after they were replaced. */
  readonly topicPartitions?: number;
  /** Whose supervisor this is, such as project/stack. */
  readonly owner?: string;
  /** The spec is the one that was applied before, so it need not be tried again. */
  readonly tried?: boolean;
  /** Take over a supervisor of another owner. */
  readonly adopt?: boolean;
}

const leaderMs = 120_000;
/** How long tasks may take to end, in ms. Publishing takes up to three times as long. */
export const tasksMs = 120_000;
/** How long a task that deletes segments may wait for a task slot, in ms. */
const queuedMs = 15_000;

/** Creates or updates the supervisor, and returns its spec as Druid reads it. */
export async function applySupervisor(url: string, wanted: SupervisorRequest): Promise<JsonObject> {
  const id = wanted.datasource;
  await awaitLeader(url, leaderMs);
  const live = await getSupervisor(url, id);
  requireOwner(live, wanted);
  const previous = live ?? (await lastSpec(url, id));
  const spec = taggedSpec(wanted);
  if (!wanted.tried) {
    await validateSpec(url, spec, wanted.example, live !== undefined);
  }
  if (previous !== undefined && readsAnotherTopic(previous, spec)) {
    await clearOffsets(url, id, previous);
  }
  await postSupervisor(url, spec);
  return readApplied(url, id);
}

/** The supervisor's spec as Druid reads it, without what repeats or changes by itself; undefined where there is none. */
export async function readSupervisor(url: string, id: string): Promise<JsonObject | undefined> {
  const live = await getSupervisor(url, id);
  if (live === undefined) {
    return undefined;
  }
  const { type, spec, context, suspended } = live;
  return jsonObjectOf({ type, spec, context, suspended });
}

async function readApplied(url: string, id: string): Promise<JsonObject> {
  const applied = await readSupervisor(url, id);
  if (applied === undefined) {
    throw new Error(`Druid took the spec of supervisor ${id}, but has no such supervisor`);
  }
  return applied;
}

/** Whose supervisor it is by now, if somebody else has taken it over. */
export async function newOwner(
  url: string,
  { datasource, owner }: Pick<SupervisorRequest, "datasource" | "owner">,
): Promise<string | undefined> {
  return otherOwner(await getSupervisor(url, datasource), owner);
}

/** Ends the supervisor and its tasks; `delete` removes its rows and its offsets too. Nothing happens where there is none. */
export async function removeSupervisor(
  url: string,
  id: string,
  data: "delete" | "keep",
): Promise<void> {
  await awaitLeader(url, 30_000);
  if (data === "keep") {
    await terminateSupervisor(url, id);
    await awaitNoTasks(url, id, 3 * tasksMs);
    return;
  }
  const live = await getSupervisor(url, id);
  const previous = live ?? (await lastSpec(url, id));
  if (live === undefined && previous !== undefined) {
    // Only a supervisor can be reset, so a terminated one is posted again for it.
    await postSupervisor(url, { ...previous, suspended: true });
  }
  if (previous !== undefined) {
    await resetSupervisor(url, id);
  }
  await terminateSupervisor(url, id);
  await endTasks(url, id);
  await markUnused(url, id);
  await awaitKill(url, id, await killSegments(url, id));
}

function taggedSpec(wanted: SupervisorRequest): JsonObject {
  const { spec, owner, topicId, topicPartitions } = wanted;
  const tags = { owner, topicId, topicPartitions };
  const context = jsonObjectOf({ ...objectOf(spec.context), ...tags });
  return Object.keys(context).length === 0 ? spec : { ...spec, context };
}

function contextOf(spec: JsonObject | undefined): Record<string, unknown> {
  return objectOf(spec?.context);
}

function requireOwner(live: JsonObject | undefined, wanted: SupervisorRequest): void {
  const other = otherOwner(live, wanted.owner);
  if (other !== undefined && !wanted.adopt) {
    throw new Error(
      `supervisor ${wanted.datasource} belongs to ${other}: give this stream another datasource, ` +
        "or set adopt: true to take it over",
    );
  }
}

function otherOwner(live: JsonObject | undefined, own: string | undefined): string | undefined {
  const { owner } = contextOf(live);
  const isOther = owner !== undefined && own !== undefined && owner !== own;
  return isOther ? String(owner) : undefined;
}

function readsAnotherTopic(previous: JsonObject, next: JsonObject): boolean {
  const before = contextOf(previous).topicId;
  const after = contextOf(next).topicId;
  const recreated = before !== undefined && after !== undefined && before !== after;
  return recreated || !isSame(topicOf(previous), topicOf(next));
}

/** The topic that a spec reads. */
export function topicOf(spec: JsonObject): unknown {
  return objectOf(objectOf(spec.spec).ioConfig).topic;
}

/**
 * Druid keeps offsets after the supervisor is terminated. Those of another topic would stall it or skip messages. The rows
 * that were read are published first. The supervisor is terminated at the end, so that a run after an interruption starts
 * here again.
 */
async function clearOffsets(url: string, id: string, previous: JsonObject): Promise<void> {
  await postSupervisor(url, { ...previous, suspended: true });
  await awaitNoTasks(url, id, tasksMs);
  await resetSupervisor(url, id);
  await terminateSupervisor(url, id);
}

/** The spec that a supervisor had before it was terminated. */
async function lastSpec(url: string, id: string): Promise<JsonObject | undefined> {
  return (await getHistory(url, id)).find((spec) => spec.type === "kafka");
}

async function awaitLeader(url: string, timeoutMs: number): Promise<void> {
  const failure = (last: string) =>
    timedOut(`Druid takes no supervisors: ${last}. See the coordinator's log`, timeoutMs);
  await poll({ timeoutMs, failure }, async (report) => {
    try {
      return (await hasLeader(url)) || report("no overlord leads");
    } catch (error) {
      if (isRefusedLogin(error)) throw error;
      return report(errorText(error));
    }
  });
}

/** Ends all tasks without publishing, also one that the supervisor began while it was terminated. */
async function endTasks(url: string, id: string): Promise<void> {
  await awaitNoTasks(url, id, tasksMs, (task) => shutdownTask(url, task.id));
}

/** Waits until the datasource has no task; `onTask` may end those that it has. */
export async function awaitNoTasks(
  url: string,
  id: string,
  timeoutMs: number,
  onTask: (task: Task) => Promise<void> = async () => {},
): Promise<void> {
  const failure = (last: string) =>
    timedOut(`tasks of datasource ${id} have not ended: ${last}`, timeoutMs);
  await poll({ timeoutMs, failure }, async (report) => {
    const left = await unfinishedTasks(url, id);
    await Promise.all(left.map(onTask));
    report(left.map((task) => `${task.id} (${task.statusCode})`).join(", "));
    return left.length === 0 || undefined;
  });
}

/**
 * Waits for the task that deletes a datasource's segments. Where the streams hold all task slots, it stays in Druid's queue,
 * and the run goes on: no further run could do more.
 */
async function awaitKill(url: string, id: string, taskId: string): Promise<void> {
  const failure = (last: string) =>
    timedOut(`Druid's task ${taskId} has not ended: ${last}`, tasksMs);
  const queuedUntil = Date.now() + queuedMs;
  await poll({ timeoutMs: tasksMs, failure }, async (report) => {
    const { statusCode, runnerStatusCode, errorMsg } = (await taskStatus(url, taskId)) ?? {};
    if (statusCode === "SUCCESS") return true;
    if (statusCode === "FAILED") {
      throw new Error(`Druid's task ${taskId} failed: ${errorMsg ?? "see its log"}`);
    }
    if (isQueued(runnerStatusCode) && Date.now() > queuedUntil) {
      console.log(
        `warning: the rows of datasource ${id} are gone; Druid deletes its segments in deep storage once a task slot is free: task ${taskId}`,
      );
      return true;
    }
    return report(`${statusCode ?? "unknown"}, ${runnerStatusCode ?? "unknown"}`);
  });
}

const isQueued = (status: string | undefined) => status === "PENDING" || status === "WAITING";

export function timedOut(what: string, timeoutMs: number): Error {
  return new Error(`${what} (waited ${timeoutMs / 1000} s)`);
}
