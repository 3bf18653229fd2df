/** How a stream is at this moment: what `make status` shows of it. */
import type { Stream } from "../pipelines/declare/stream";
import type { SupervisorStatus } from "../resources/druid/api";
import { describeLost, lostOffsets, passingTrouble } from "../resources/druid/health";
import { within } from "../resources/within";
import type { Druid, IngestionTotals } from "./druid";
import { describe } from "./link";
import { notYet } from "./reading";
import type { KafkaProbe } from "./topic";

export interface StreamState {
  readonly stream: string;
  /** Druid's word for the supervisor, such as RUNNING. Undefined: it is not known. */
  readonly state?: string;
  /** Messages that came in a second, in the mean of the last minute. */
  readonly eventsPerSecond?: number;
  /** Messages that Druid has not read yet, as it told last, at most 30 s ago. */
  readonly lag?: number;
  /** Now less the time of the newest event that queries find, in ms. Undefined: there is none. */
  readonly freshnessMs?: number;
  /** What Druid's running tasks have counted. */
  readonly totals?: IngestionTotals;
  /** Why the stream is not well, and what of it is not known. */
  readonly problems: readonly string[];
}

const rateMs = 60_000;
/** How long each of Kafka and Druid may take for a stream, in ms. */
const serviceMs = 8_000;

/** Asks Kafka and Druid, each for itself: what one of them does not answer is a problem, and the rest is told. */
export async function streamState(
  stream: Stream,
  druid: () => Promise<Druid>,
  kafka: () => Promise<KafkaProbe>,
): Promise<StreamState> {
  const [sent, read] = await Promise.allSettled([
    within(
      serviceMs,
      kafka().then((open) => open.cameWithin(stream.topic.name, rateMs)),
    ),
    within(
      serviceMs,
      druid().then((open) => druidState(stream, open)),
    ),
  ]);
  const { status, problem, ...known }: DruidState = read.status === "fulfilled" ? read.value : {};
  const problems = [
    ...(sent.status === "rejected" ? [`Kafka: ${describe(sent.reason)}`] : []),
    ...(read.status === "rejected" ? [`Druid: ${describe(read.reason)}`] : []),
    ...(problem === undefined ? [] : [problem]),
  ];
  if (problems.length === 0 && status !== undefined) {
    const found = readingProblem(stream, status, await druid(), await kafka());
    const reason = await within(serviceMs, found).catch(describe);
    if (reason !== undefined) problems.push(reason);
  }
  return {
    stream: stream.name,
    ...known,
    ...(sent.status === "fulfilled" && { eventsPerSecond: sent.value / (rateMs / 1000) }),
    problems,
  };
}

interface DruidState extends Pick<StreamState, "state" | "lag" | "freshnessMs" | "totals"> {
  /** Undefined: there is no supervisor. */
  readonly status?: SupervisorStatus;
  /** What Druid says itself. */
  readonly problem?: string;
}

async function druidState(
  { ingestion: { datasource } }: Stream,
  druid: Druid,
): Promise<DruidState> {
  const [status, newest, totals] = await Promise.all([
    druid.status(datasource),
    druid.newestEvent(datasource),
    // Tasks that begin or end don't answer.
    druid.totals(datasource).catch(() => undefined),
  ]);
  const problem =
    status === undefined
      ? `Druid has no supervisor "${datasource}": \`make up\` restores it`
      : status.suspended
        ? `supervisor ${datasource} is suspended: \`make up\` resumes it`
        : passingTrouble(status)?.text;
  return {
    ...(status !== undefined && { status, state: status.detailedState }),
    ...(typeof status?.aggregateLag === "number" && { lag: status.aggregateLag }),
    ...(newest !== undefined && { freshnessMs: Math.max(0, Date.now() - newest) }),
    ...(totals !== undefined && { totals }),
    ...(problem !== undefined && { problem }),
  };
}

/** What Druid does not say itself: messages that are lost, and tasks that fail as soon as they read. */
async function readingProblem(
  stream: Stream,
  status: SupervisorStatus,
  druid: Druid,
  kafka: KafkaProbe,
): Promise<string | undefined> {
  const offsets = await kafka.offsets(stream.topic.name);
  const earliest = new Map(offsets.map(({ partition, low }) => [partition, low]));
  const lost = lostOffsets(status, earliest);
  return lost.length > 0
    ? `${describeLost(lost)}. \`make reset-offsets\` continues at the first that Kafka has`
    : notYet({ stream, kafka, druid }, status);
}
