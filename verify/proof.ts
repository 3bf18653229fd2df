import type { Stream } from "../pipelines/declare/stream";
import { type Audit, auditTopic } from "./audit";
import {
  type ChartReport,
  loadCharts,
  measureCharts,
  requireCharts,
  requireSeenBySuperset,
} from "./dashboard";
import { newRunId, probeId } from "./events";
import {
  type Counts,
  countBothEnds,
  countUnmarked,
  type IngestionProof,
  measureQueryable,
  requireExactlyOnce,
} from "./ingestion";
import { waitFor } from "./link";
import type { StackOutputs } from "./outputs";
import { requireReading } from "./reading";
import type { StackAccess } from "./stack-access";
import type { Latencies } from "./statistics";

/** What was measured on a stream that works. */
export interface Proof {
  readonly stream: string;
  readonly run: string;
  /** Ms until the stack's own producer sent its next messages. Default: the stack has no producer. */
  readonly producedAfterMs?: number;
  /** Number of marked events that were sent, and each found once. */
  readonly events: number;
  readonly queryable: Latencies;
  readonly bareSql: Latencies;
  /** Default: the stream has no dashboard. */
  readonly charts?: readonly ChartReport[];
  readonly chartLatency?: Latencies;
  readonly counts: Counts;
  readonly audit: Audit;
}

export interface ProofOptions {
  /** Number of marked events that are looked for in Druid. A fifth as many more are looked for in charts. */
  readonly events: number;
  /** Limit of each wait, in ms. */
  readonly timeoutMs: number;
  /** Called when a part begins. */
  readonly progress: (line: string) => void;
}

/**
 * Proves a stream of a running stack from its producer to its charts.
 *
 * @throws BrokenLink for the first link that does not hold
 */
export async function proveStream(
  stack: StackAccess,
  outputs: StackOutputs,
  stream: Stream,
  options: ProofOptions,
): Promise<Proof> {
  const { kafka, druid } = stack;
  const { events, progress } = options;
  const run = newRunId();
  const proof: IngestionProof = { stream, kafka, druid, run, timeoutMs: options.timeoutMs };

  await requireReading(proof);
  const producedAfterMs = await awaitProducer(proof, outputs.producerMode, progress);
  progress(`sending ${events} marked events, one at a time (${run})`);
  const { queryable, bareSql } = await measureQueryable(proof, events);
  await requireExactlyOnce(proof, events);

  const chartIds = outputs.pipelines[stream.name]?.charts ?? {};
  const shown = await proveCharts(stack, proof, chartIds, producedAfterMs === undefined, options);
  const sent = events + (shown?.chartLatency.count ?? 0);
  progress("counting both ends");
  const counts = await countBothEnds(proof);
  // Checked again at the end, because the second copy of a row may come late.
  await requireExactlyOnce(proof, sent);
  progress("reading the topic's messages");
  const audit = await auditTopic(proof);
  return {
    stream: stream.name,
    run,
    ...(producedAfterMs === undefined ? {} : { producedAfterMs }),
    events: sent,
    queryable,
    bareSql,
    ...shown,
    counts,
    audit,
  };
}

async function proveCharts(
  stack: StackAccess,
  proof: IngestionProof,
  chartIds: Readonly<Record<string, number>>,
  mayBeEmpty: boolean,
  { events, progress }: ProofOptions,
): Promise<{ charts: ChartReport[]; chartLatency: Latencies } | undefined> {
  if (Object.keys(chartIds).length === 0) return undefined;
  progress("asking Superset for each chart's data");
  const session = await stack.superset();
  const charts = await loadCharts(session, chartIds);
  const [chart] = charts;
  if (chart === undefined) return undefined;
  await requireSeenBySuperset(proof, session, chart, probeId(proof.run, 0));
  const reports = await requireCharts(proof, session, charts, mayBeEmpty);
  const chartEvents = Math.max(charts.length, Math.ceil(events / 5));
  progress(`sending ${chartEvents} marked events more, each looked for in a chart's query`);
  const chartLatency = await measureCharts(proof, session, charts, events, chartEvents);
  return { charts: reports, chartLatency };
}

/** How long the stack's own producer may send nothing. Airflow's DAG runs each minute, and is slow to start. */
const silenceMs: Readonly<Record<string, number>> = { standalone: 30_000, airflow: 180_000 };

/** How long the stream's producer may send nothing, in ms. Undefined if the stack runs no producer for it. */
function silenceBound({ producer }: Stream, mode: string | undefined): number | undefined {
  const bound = mode === undefined ? undefined : silenceMs[mode];
  if (producer === undefined || bound === undefined) return undefined;
  return Math.max(bound, 3 * producer.intervalMs);
}

async function awaitProducer(
  { stream, kafka }: IngestionProof,
  mode: string | undefined,
  progress: (line: string) => void,
): Promise<number | undefined> {
  const bound = silenceBound(stream, mode);
  if (bound === undefined) return undefined;
  progress(`waiting for the producer's next messages on topic ${stream.topic.name}`);
  const start = performance.now();
  let first: number | undefined;
  await waitFor(
    {
      link: "producer → Kafka",
      what: `messages of the stack's own producer (${mode}) on topic ${stream.topic.name}; its log says more: make logs`,
      timeoutMs: bound,
    },
    async (say) => {
      const offset = await kafka.endOffset(stream.topic.name);
      first ??= offset;
      say(`Kafka says that the topic's end offset stays at ${offset}`);
      return offset > first ? true : undefined;
    },
  );
  return performance.now() - start;
}

/** How long a chart may lack rows that Druid has, in ms. Every broker knows new segments within that time. */
const chartMs = 60_000;

/** The first data of a stream, which `make up` prints at its end. */
export interface FirstRows {
  readonly rows: number;
  /** The chart that had data. Default: the stream has no dashboard. */
  readonly chart?: ChartReport;
}

/**
 * Waits until Druid reads a stream, and the stream has rows and data in its dashboard. If the stack sends no events to the
 * stream, it counts the rows without waiting.
 */
export async function awaitFirstRows(
  stack: StackAccess,
  outputs: StackOutputs,
  stream: Stream,
  timeoutMs: number,
): Promise<FirstRows> {
  const { kafka, druid } = stack;
  const proof: IngestionProof = { stream, kafka, druid, run: newRunId(), timeoutMs };
  await requireReading(proof);
  const mayBeEmpty = silenceBound(stream, outputs.producerMode) === undefined;
  const rows = await waitFor(
    {
      link: "Kafka → Druid",
      what: `first rows in datasource ${stream.ingestion.datasource}`,
      timeoutMs,
      explain: async () =>
        [
          `Kafka says that topic ${stream.topic.name} has had ${await kafka.endOffset(stream.topic.name)} messages`,
          await druid.supervisorState(stream.ingestion.datasource),
        ].join("\n"),
    },
    async () => {
      const count = await countUnmarked(druid, stream).catch((error: unknown) => {
        // Druid has no table before the first row, which may never have been sent.
        if (mayBeEmpty && /Object '.*' not found/.test(String(error))) return 0;
        throw error;
      });
      return count > 0 || mayBeEmpty ? count : undefined;
    },
  );
  const ids = outputs.pipelines[stream.name]?.charts ?? {};
  // Without a row there may be no table, and then Superset answers with an error.
  if (rows === 0 || Object.keys(ids).length === 0) return { rows };
  const session = await stack.superset();
  const charts = await loadCharts(session, ids);
  // Superset may ask another broker than the one above, and brokers learn of a new table at different times.
  const [chart] = await waitFor(
    {
      link: "Superset → chart",
      what: `first data of chart ${charts.at(-1)?.title}`,
      timeoutMs: Math.min(timeoutMs, chartMs),
    },
    () => requireCharts(proof, session, charts.slice(-1), mayBeEmpty),
  );
  return chart === undefined ? { rows } : { rows, chart };
}
