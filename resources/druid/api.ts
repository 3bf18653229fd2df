/**
 * Druid's HTTP API, as far as supervisors need it. `url` is that of the router (with its management proxy) or of the
 * leading coordinator that is also the overlord. Nothing of Pulumi here.
 */
import { type JsonObject, objectOf } from "../json";
import { found, request } from "./request";

export interface SupervisorStatus {
  /** PENDING, RUNNING, SUSPENDED, IDLE, STOPPING, UNHEALTHY_SUPERVISOR or UNHEALTHY_TASKS. */
  readonly state: string;
  /** Finer than `state`, such as CONNECTING_TO_STREAM or UNABLE_TO_CONNECT_TO_STREAM. */
  readonly detailedState: string;
  readonly healthy: boolean;
  readonly suspended: boolean;
  readonly activeTasks: readonly ActiveTask[];
  /** When Druid last asked Kafka and the tasks for offsets; about every 10 s. */
  readonly offsetsLastUpdated?: string | null;
  /** Number of messages that are not read yet, as of `offsetsLastUpdated`. */
  readonly aggregateLag?: number | null;
  readonly recentErrors: readonly {
    readonly timestamp?: string;
    readonly exceptionClass?: string;
    readonly message?: string;
  }[];
}

/** Offsets by partition. */
export type Offsets = Readonly<Record<string, number | null>>;

/** A task that reads, or is about to. */
export interface ActiveTask {
  readonly id: string;
  readonly startTime?: string | null;
  readonly startingOffsets?: Offsets | null;
  /** The offset that is read next, as of `offsetsLastUpdated`. */
  readonly currentOffsets?: Offsets | null;
}

export interface Task {
  readonly id: string;
  readonly type: string;
  readonly statusCode: string;
  /** Whether it runs, or is PENDING or WAITING for a slot, where `statusCode` is RUNNING. */
  readonly runnerStatusCode?: string;
  readonly errorMsg?: string | null;
  readonly createdTime?: string;
  /** In ms; -1 while it runs. */
  readonly duration?: number;
}

export interface SampleResponse {
  readonly numRowsRead: number;
  readonly numRowsIndexed: number;
  readonly data: readonly {
    readonly unparseable?: boolean;
    readonly error?: string | null;
    /** The row's columns. */
    readonly parsed?: Readonly<Record<string, unknown>> | null;
  }[];
}

/**
 * How long Druid may take to stop a supervisor, also before another takes its place, in ms. One whose topic no longer exists
 * may wait 60 s for Kafka's answer about a partition, and its stop then waits until tuningConfig.shutdownTimeout, 80 s, is
 * over. Druid stops one after the other.
 */
const stopTimeoutMs = 280_000;
const supervisorPath = (id: string) => `/druid/indexer/v1/supervisor/${encodeURIComponent(id)}`;

/** Whether an overlord leads: before that Druid takes no supervisors. */
export async function hasLeader(url: string): Promise<boolean> {
  const reply = await request(url, "GET", "/druid/indexer/v1/leader");
  return reply.status === 200 && typeof reply.body === "string" && reply.body !== "";
}

/** The supervisor's spec with Druid's defaults filled in, or undefined where there is no such supervisor. */
export async function getSupervisor(url: string, id: string): Promise<JsonObject | undefined> {
  const reply = await request(url, "GET", supervisorPath(id));
  return reply.status === 404 ? undefined : (reply.body as JsonObject);
}

export async function getStatus(url: string, id: string): Promise<SupervisorStatus | undefined> {
  const reply = await request(url, "GET", `${supervisorPath(id)}/status`);
  return reply.status === 404 ? undefined : (reply.body as { payload: SupervisorStatus }).payload;
}

/** The specs that the supervisor has had, newest first; that of a terminated one begins with a tombstone. */
export async function getHistory(url: string, id: string): Promise<readonly JsonObject[]> {
  const reply = await request(url, "GET", `${supervisorPath(id)}/history`);
  return reply.status === 404
    ? []
    : (reply.body as { spec: JsonObject }[]).map((version) => version.spec);
}

/** When the supervisor got the spec that it has, in ms since the epoch. NaN: not known. */
export async function specTime(url: string, id: string): Promise<number> {
  const reply = await request(url, "GET", `${supervisorPath(id)}/history`);
  const [latest] = reply.status === 404 ? [] : (reply.body as { version?: string }[]);
  return Date.parse(latest?.version ?? "");
}

/** Creates the supervisor or replaces its spec; an unchanged spec leaves its tasks alone. */
export async function postSupervisor(url: string, spec: JsonObject): Promise<void> {
  const path = "/druid/indexer/v1/supervisor?skipRestartIfUnmodified=true";
  found(await request(url, "POST", path, spec, stopTimeoutMs), "supervisor API");
}

/** Deletes the stored offsets, so that reading starts at the earliest message of the topic. */
export async function resetSupervisor(url: string, id: string): Promise<void> {
  found(await request(url, "POST", `${supervisorPath(id)}/reset`), `supervisor ${id}`);
}

/** Replaces the stored offsets of these partitions, and ends the tasks that read them without publishing. */
export async function resetOffsets(
  url: string,
  id: string,
  topic: string,
  offsets: ReadonlyMap<number, number>,
): Promise<void> {
  const partitionOffsetMap = Object.fromEntries(offsets);
  const body = { type: "kafka", partitions: { type: "end", stream: topic, partitionOffsetMap } };
  found(await request(url, "POST", `${supervisorPath(id)}/resetOffsets`, body), `supervisor ${id}`);
}

/** Ends the supervisor; nothing happens where there is none. */
export async function terminateSupervisor(url: string, id: string): Promise<void> {
  await request(url, "POST", `${supervisorPath(id)}/terminate`, undefined, stopTimeoutMs);
}

/** Ends the supervisor's tasks, which publish what they have read, and begins none until it is resumed. */
export async function suspendSupervisor(url: string, id: string): Promise<void> {
  await request(url, "POST", `${supervisorPath(id)}/suspend`, undefined, stopTimeoutMs);
}

export async function resumeSupervisor(url: string, id: string): Promise<void> {
  await request(url, "POST", `${supervisorPath(id)}/resume`, undefined, stopTimeoutMs);
}

/** The datasource's tasks that have not ended. */
export async function unfinishedTasks(url: string, datasource: string): Promise<readonly Task[]> {
  const query = `datasource=${encodeURIComponent(datasource)}`;
  const lists = await Promise.all(
    ["running", "pending", "waiting"].map((state) =>
      request(url, "GET", `/druid/indexer/v1/tasks?${query}&state=${state}`),
    ),
  );
  const tasks = lists.flatMap((reply) => found(reply, "task list") as Task[]);
  // A task that began to run between the requests is in two of the lists.
  return [...new Map(tasks.map((task) => [task.id, task])).values()];
}

/** The datasource's tasks that ended last, newest first. */
export async function endedTasks(url: string, datasource: string): Promise<readonly Task[]> {
  const query = `datasource=${encodeURIComponent(datasource)}&state=complete&max=5`;
  return found(
    await request(url, "GET", `/druid/indexer/v1/tasks?${query}`),
    "task list",
  ) as Task[];
}

/**
 * Ends a task without publishing what it has read; nothing happens when it has ended already. (Druid 33.0.0 answers 404 where all
 * tasks of a datasource are to be shut down at once.)
 */
export async function shutdownTask(url: string, taskId: string): Promise<void> {
  await request(url, "POST", `/druid/indexer/v1/task/${encodeURIComponent(taskId)}/shutdown`);
}

/** Takes all segments of the datasource out of use: queries don't see them from then on. */
export async function markUnused(url: string, datasource: string): Promise<void> {
  await request(
    url,
    "DELETE",
    `/druid/coordinator/v1/datasources/${encodeURIComponent(datasource)}`,
  );
}

/** Starts the task that deletes unused segments from deep storage, and returns its id. */
export async function killSegments(url: string, datasource: string): Promise<string> {
  const body = { type: "kill", dataSource: datasource, interval: "1000-01-01/3000-01-01" };
  const reply = await request(url, "POST", "/druid/indexer/v1/task", body);
  return (found(reply, "task API") as { task: string }).task;
}

export async function taskStatus(url: string, id: string): Promise<Task | undefined> {
  const reply = await request(
    url,
    "GET",
    `/druid/indexer/v1/task/${encodeURIComponent(id)}/status`,
  );
  return reply.status === 404 ? undefined : (reply.body as { status: Task }).status;
}

/** What a task reads, and how; empty where Druid does not tell. */
export async function taskIoConfig(
  url: string,
  taskId: string,
): Promise<{ startSequenceNumbers?: unknown; consumerProperties?: unknown }> {
  const reply = await request(url, "GET", `/druid/indexer/v1/task/${encodeURIComponent(taskId)}`);
  return objectOf(objectOf(objectOf(reply.body).payload).ioConfig);
}

/** The offsets at which a reading task begins, by partition; none where Druid does not tell. */
export async function startOffsets(url: string, taskId: string): Promise<Offsets> {
  const { startSequenceNumbers } = await taskIoConfig(url, taskId);
  return objectOf(objectOf(startSequenceNumbers).partitionSequenceNumberMap) as Offsets;
}

const rulesPath = (datasource: string) =>
  `/druid/coordinator/v1/rules/${encodeURIComponent(datasource)}`;

/** The datasource's own rules of which segments are loaded and which dropped; none: the cluster's default is followed. */
export async function getRules(url: string, datasource: string): Promise<readonly JsonObject[]> {
  return found(await request(url, "GET", rulesPath(datasource)), "rules API") as JsonObject[];
}

export async function setRules(
  url: string,
  datasource: string,
  rules: readonly JsonObject[],
): Promise<void> {
  found(await request(url, "POST", rulesPath(datasource), rules), "rules API");
}

const compactionPath = "/druid/coordinator/v1/config/compaction";

/** How the datasource's segments are compacted, with Druid's defaults filled in; undefined: they are not. */
export async function getCompaction(
  url: string,
  datasource: string,
): Promise<JsonObject | undefined> {
  const reply = await request(url, "GET", `${compactionPath}/${encodeURIComponent(datasource)}`);
  return reply.status === 404 ? undefined : (reply.body as JsonObject);
}

export async function setCompaction(
  url: string,
  datasource: string,
  config: JsonObject,
): Promise<void> {
  const body = { ...config, dataSource: datasource };
  found(await request(url, "POST", compactionPath, body), "compaction API");
}

/** Ends compaction of the datasource; nothing happens where there is none. */
export async function removeCompaction(url: string, datasource: string): Promise<void> {
  await request(url, "DELETE", `${compactionPath}/${encodeURIComponent(datasource)}`);
}

/** Tries a spec on data without ingesting any. Throws Druid's words on a spec that it can't read. */
export async function sample(url: string, spec: object): Promise<SampleResponse> {
  const reply = await request(url, "POST", "/druid/indexer/v1/sampler", spec);
  return found(reply, "sampler") as SampleResponse;
}

/** A name in SQL. */
export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** The rows of a query in Druid SQL, whose `?` the parameters stand for. Throws Druid's words on what it can't answer. */
export async function querySql(
  url: string,
  query: string,
  parameters: readonly string[] = [],
): Promise<readonly JsonObject[]> {
  const typed = parameters.map((value) => ({ type: "VARCHAR", value }));
  const reply = await request(url, "POST", "/druid/v2/sql", { query, parameters: typed });
  return found(reply, "SQL API") as JsonObject[];
}
