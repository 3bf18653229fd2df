import type { Stream } from "../pipelines/declare/stream";
import { nextOffsets } from "../resources/druid/health";
import type { PartitionOffsets } from "../resources/druid/topic-view";
import { type Audit, auditTopic } from "./audit";
import { type ChartReport, loadCharts, requireCharts } from "./dashboard";
import { newRunId } from "./events";
import { type Counts, countBothEnds, type IngestionProof, table } from "./ingestion";
import { BrokenLink, onLink, waitFor } from "./link";
import type { StackOutputs } from "./outputs";
import type { ProofOptions } from "./proof";
import { requireReading } from "./reading";
import type { StackAccess } from "./stack-access";

/** What was found of a stream whose topic is only read. */
export interface ReadProof {
  readonly stream: string;
  readonly topic: string;
  /** Default: the stream has no dashboard. */
  readonly charts?: readonly ChartReport[];
  readonly counts: Counts;
  readonly audit: Audit;
}

/** Druid tells new offsets each 30 s. */
const offsetsMs = 90_000;

/**
 * Proves a stream whose topic is only read, by what others send to it: nothing is sent. Druid must read to where the topic
 * ended when this began, and have rows if its messages make any.
 *
 * @throws BrokenLink for the first link that does not hold
 */
export async function proveReading(
  { kafka, druid, superset }: Pick<StackAccess, "kafka" | "druid" | "superset">,
  outputs: StackOutputs,
  stream: Stream,
  { timeoutMs, progress }: Pick<ProofOptions, "timeoutMs" | "progress">,
): Promise<ReadProof> {
  const { name: topic } = stream.topic;
  const proof: IngestionProof = { stream, kafka, druid, run: newRunId(), timeoutMs };
  await requireReading(proof);
  progress(`topic ${topic} is only read: waiting until Druid has read to its end`);
  const ends = await onLink("producer → Kafka", () => kafka.offsets(topic));
  await awaitRead(proof, ends);
  progress("counting both ends, and reading the topic's messages");
  const counts = await countBothEnds(proof);
  const audit = await auditTopic(proof);
  if (audit.rows > 0 && counts.rows === 0) {
    throw new BrokenLink(
      "Kafka → Druid",
      `the messages of topic ${topic} make ${audit.rows} rows, and ${table(stream)} has none`,
    );
  }
  const ids = outputs.pipelines[stream.name]?.charts ?? {};
  if (counts.rows === 0 || Object.keys(ids).length === 0) {
    return { stream: stream.name, topic, counts, audit };
  }
  const session = await superset();
  // Messages of others may be older than a chart's time range.
  const charts = await requireCharts(proof, session, await loadCharts(session, ids), true);
  return { stream: stream.name, topic, charts, counts, audit };
}

/** Waits until the supervisor has read what Kafka had. */
async function awaitRead(
  { stream, druid, timeoutMs }: IngestionProof,
  ends: readonly PartitionOffsets[],
): Promise<void> {
  const id = stream.ingestion.datasource;
  const filled = ends.filter(({ low, high }) => high > low);
  await waitFor(
    {
      link: "Kafka → Druid",
      what: `Druid to read topic ${stream.topic.name} to where it ended`,
      timeoutMs: Math.max(timeoutMs, offsetsMs),
      pauseMs: 1_000,
      explain: () => druid.supervisorState(id),
    },
    async (say) => {
      const status = await druid.status(id);
      const next = status === undefined ? new Map<number, number>() : nextOffsets(status);
      const behind = filled.filter(({ partition, high }) => (next.get(partition) ?? 0) < high);
      if (behind.length === 0) return true;
      const places = behind.map(
        ({ partition, high }) => `partition ${partition}: ${next.get(partition) ?? 0} of ${high}`,
      );
      return void say(`Druid's next offsets: ${places.join("; ")}`);
    },
  );
}
