/** Whether a supervisor reads its topic, as Druid and Kafka tell it. */
import { errorText } from "../error-text";
import { poll } from "../poll";
import {
  endedTasks,
  getStatus,
  type SupervisorStatus,
  specTime,
  startOffsets,
  type Task,
} from "./api";

/** What Kafka tells of the topic that a supervisor reads. */
export interface TopicView {
  /** First offset that Kafka still has, by partition. */
  earliest(): Promise<ReadonlyMap<number, number>>;
  /** The first message from these offsets on that Druid can't read, in one line. Undefined if there is none. */
  firstUnreadable(offsets: ReadonlyMap<number, number>): Promise<string | undefined>;
}

/** A partition whose messages Kafka deleted before Druid read them. */
export interface LostOffsets {
  readonly partition: number;
  /** The offset that Druid wants to read next. */
  readonly next: number;
  /** The first offset that Kafka still has. */
  readonly earliest: number;
}

export interface Trouble {
  /** One line. */
  readonly text: string;
  /** False if it may pass by itself, such as while Kafka restarts. */
  readonly lasting: boolean;
}

/** As many failed tasks, one after the other, are looked into. */
const failuresInARow = 3;
/** As many that begin and fail while it is looked at, one after the other, are no accident. */
const failuresSeen = 2;
/** How long it is looked at, in ms. */
const lookMs = 120_000;
/** How long a task must have run for the failures before it to be over, in ms. */
const survivalMs = 60_000;

/**
 * Why the supervisor does not read. Undefined if it does, is suspended, has just begun, or does not exist. It takes up to two
 * minutes where tasks have failed in a row.
 */
export async function troubleOf(
  url: string,
  id: string,
  topic?: TopicView,
): Promise<Trouble | undefined> {
  const status = await getStatus(url, id);
  if (status === undefined || status.suspended) return undefined;
  const lost = topic === undefined ? [] : await findLost(url, id, topic, status);
  if (lost.length > 0) {
    const advice = "`make reset-offsets` continues at the first that Kafka has; all rows stay";
    return { text: `${describeLost(lost)}. ${advice}`, lasting: true };
  }
  const ended = hasSurvivor(status) ? [] : await readersEnded(url, id);
  const failed = ended.find(hasFailed);
  const isSuspect =
    (!isHealthy(status) && status.state === "UNHEALTHY_TASKS") ||
    (await haveFailedInARow(url, id, ended));
  if (!isSuspect) return passingTrouble(status);
  if (await keepFailing(url, id)) {
    return { text: await describeFailure(url, id, failed, status, topic), lasting: true };
  }
  return passingTrouble(await getStatus(url, id));
}

/** What Druid itself says against the supervisor. Undefined if it says nothing. */
export function passingTrouble(status: SupervisorStatus | undefined): Trouble | undefined {
  if (status === undefined || status.suspended || isHealthy(status)) return undefined;
  const error = status.recentErrors.at(-1);
  const reason = error === undefined ? "" : `: ${oneLine(error.message ?? error.exceptionClass)}`;
  return { text: `${status.detailedState}${reason}`, lasting: false };
}

/**
 * Druid calls a supervisor unhealthy from its third failed task on, until three have succeeded, which takes hours. A task
 * that has run for a minute since then reads.
 */
export function isHealthy(status: SupervisorStatus, now = Date.now()): boolean {
  if (status.healthy || status.state !== "UNHEALTHY_TASKS") return status.healthy;
  return hasSurvivor(status, now);
}

function hasSurvivor({ activeTasks }: SupervisorStatus, now = Date.now()): boolean {
  return activeTasks.some(({ startTime }) => startTime && now - Date.parse(startTime) > survivalMs);
}

/** The tasks that read and have ended, newest first. */
async function readersEnded(url: string, id: string): Promise<Task[]> {
  return (await endedTasks(url, id)).filter(({ type }) => type === "index_kafka");
}

/**
 * Whether the last tasks have failed since the supervisor has its spec. Druid itself calls a supervisor healthy whose tasks
 * fail as soon as they read: it doesn't see them run.
 */
async function haveFailedInARow(url: string, id: string, ended: readonly Task[]): Promise<boolean> {
  const last = ended.slice(0, failuresInARow);
  if (last.length < failuresInARow || !last.every(hasFailed)) return false;
  const begun = await specTime(url, id);
  return last.every(({ createdTime = "" }) => Date.parse(createdTime) > begun);
}

/**
 * Whether tasks that begin from now on fail too. Those that ended with their pods, as in a roll of Druid, have failed in a row
 * as well, and the next ones read.
 */
async function keepFailing(url: string, id: string): Promise<boolean> {
  const begun = Date.now();
  for (;;) {
    const status = await getStatus(url, id);
    if (status === undefined || status.suspended || hasSurvivor(status)) return false;
    const ended = await readersEnded(url, id);
    if (ended[0] !== undefined && !hasFailed(ended[0])) return false;
    const isNew = ({ createdTime = "" }: Task) => Date.parse(createdTime) > begun;
    if (countInTurn(ended.filter(isNew)) >= failuresSeen) return true;
    if (Date.now() > begun + lookMs) return true;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

/** How many of the tasks, newest first, ran one after the other. Copies of a task run side by side, and count as one. */
export function countInTurn(tasks: readonly Task[]): number {
  let count = 0;
  let nextBegan = Number.POSITIVE_INFINITY;
  for (const { createdTime = "", duration = 0 } of tasks) {
    const began = Date.parse(createdTime);
    if (began + Math.max(duration, 0) > nextBegan) continue;
    count += 1;
    nextBegan = began;
  }
  return count;
}

const hasFailed = ({ statusCode }: Task) => statusCode === "FAILED";

/** The partitions whose next messages Kafka no longer has. */
export async function findLost(
  url: string,
  id: string,
  topic: TopicView,
  status: SupervisorStatus,
): Promise<LostOffsets[]> {
  if (nextOffsets(status).size === 0) return [];
  const asked = Date.now();
  const earliest = await topic.earliest();
  const lost = lostOffsets(status, earliest);
  if (lost.length === 0 || !hasOffsetsOfTasks(status)) return lost;
  // Druid's offsets of running tasks are up to 10 s old: the messages may have been read before they were deleted.
  const failure = () => new Error(`Druid has not told new offsets of supervisor ${id}`);
  return poll({ timeoutMs: 90_000, pauseMs: 2_000, failure }, async () => {
    const now = await getStatus(url, id);
    if (now === undefined || !hasOffsetsOfTasks(now)) return now ? lostOffsets(now, earliest) : [];
    const isNew = Date.parse(now.offsetsLastUpdated ?? "") > asked;
    return isNew ? lostOffsets(now, earliest) : undefined;
  });
}

function hasOffsetsOfTasks({ activeTasks }: SupervisorStatus): boolean {
  return activeTasks.some(({ currentOffsets }) => currentOffsets);
}

/** Compares the offsets that Druid reads next with the first ones that Kafka has. */
export function lostOffsets(
  status: SupervisorStatus,
  earliest: ReadonlyMap<number, number>,
): LostOffsets[] {
  return [...nextOffsets(status)]
    .map(([partition, next]) => ({ partition, next, earliest: earliest.get(partition) ?? next }))
    .filter((one) => one.next < one.earliest)
    .sort((left, right) => left.partition - right.partition);
}

/** Druid's words when the stored offset of a partition is not in Kafka (SeekableStreamSupervisor of Druid 33). */
const unavailable = /sequenceNumber \[(\d+)\] is no longer available for partition \[\D*(\d+)/;

/** Whether Druid has found that a stored offset is not in Kafka. */
export const hasUnavailableOffset = ({ recentErrors }: SupervisorStatus) =>
  recentErrors.some(({ message = "" }) => unavailable.test(message));

/** The offset that is read next in each partition: the tasks' own, and where none runs, the one that Druid could not start at. */
export function nextOffsets(status: SupervisorStatus): Map<number, number> {
  const next = new Map<number, number>();
  for (const { startingOffsets, currentOffsets } of status.activeTasks) {
    for (const [key, offset] of Object.entries(currentOffsets ?? startingOffsets ?? {})) {
      // Copies of a task read the same partition, and what one has read is not lost.
      if (offset !== null) next.set(Number(key), Math.max(offset, next.get(Number(key)) ?? 0));
    }
  }
  // A supervisor that runs keeps its old errors.
  if (status.detailedState === "RUNNING") return next;
  const stored = new Map<number, number>();
  for (const { message = "" } of status.recentErrors) {
    const [, offset, partition] = unavailable.exec(message) ?? [];
    if (partition !== undefined) stored.set(Number(partition), Number(offset));
  }
  return new Map([...stored, ...next]);
}

/** One line that says what is lost. */
export function describeLost(lost: readonly LostOffsets[]): string {
  const events = lost.reduce((sum, { next, earliest }) => sum + earliest - next, 0);
  const places = lost.map(
    ({ partition, next, earliest }) =>
      `partition ${partition}: Druid's next offset is ${next}, Kafka's first ${earliest}`,
  );
  const count = events === 1 ? "1 message is" : `${events} messages are`;
  return `${count} lost, Kafka deleted them before Druid read them (${places.join("; ")})`;
}

async function describeFailure(
  url: string,
  id: string,
  failed: Task | undefined,
  status: SupervisorStatus,
  topic: TopicView | undefined,
): Promise<string> {
  const starts = failed === undefined ? new Map() : await startsOf(url, id, failed, status);
  const where = [...starts].map(([partition, offset]) => `${offset} of partition ${partition}`);
  const message =
    starts.size === 0
      ? undefined
      : await topic
          ?.firstUnreadable(starts)
          .catch((error: unknown) => `not known, for it could not be read: ${errorText(error)}`);
  return [
    `its tasks fail again and again${where.length > 0 ? `, each begins at offset ${where.join(", ")}` : ""}`,
    ...(failed?.errorMsg ? [oneLine(failed.errorMsg)] : []),
    ...(message === undefined ? [] : [`the first message that Druid can't read is ${message}`]),
  ].join(": ");
}

/** Where the failed task began, as it says itself, or else as the next one does. */
async function startsOf(
  url: string,
  id: string,
  failed: Task,
  status: SupervisorStatus,
): Promise<Map<number, number>> {
  const own = Object.entries(await startOffsets(url, failed.id).catch(() => ({})));
  if (own.length === 0) return startsOfNext(url, id, status);
  return new Map(own.map(([partition, offset]) => [Number(partition), Number(offset)]));
}

/** Where the next tasks begin, which is where the failed ones began. Between two of them Druid takes some seconds. */
async function startsOfNext(
  url: string,
  id: string,
  status: SupervisorStatus,
): Promise<Map<number, number>> {
  const startsOf = ({ activeTasks }: SupervisorStatus) =>
    new Map(
      activeTasks
        .flatMap(({ startingOffsets }) => Object.entries(startingOffsets ?? {}))
        .map(([partition, offset]) => [Number(partition), offset ?? 0]),
    );
  let starts = startsOf(status);
  const until = Date.now() + 15_000;
  while (starts.size === 0 && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const next = await getStatus(url, id);
    if (next === undefined) break;
    starts = startsOf(next);
  }
  return starts;
}

/** The first line of an error, without the names of Java's classes before it. */
export function oneLine(text = ""): string {
  const [line = ""] = text.trim().split("\n");
  return line.replace(/^(?:(?:[\w$]+\.)+[\w$]+: )+/, "").slice(0, 300);
}
