import { probeField } from "../pipelines/declare/fields";
import type { Stream } from "../pipelines/declare/stream";
import { quoted } from "../resources/druid/api";
import type { Druid } from "./druid";
import { probeId, probeMessage } from "./events";
import { BrokenLink, onLink, waitFor } from "./link";
import { type Latencies, summarize, timed } from "./statistics";
import type { KafkaProbe } from "./topic";

/** What the proof of Kafka → Druid works with. */
export interface IngestionProof {
  readonly stream: Stream;
  readonly kafka: KafkaProbe;
  readonly druid: Druid;
  /** The run's id. */
  readonly run: string;
  /** Limit of each wait, in ms. */
  readonly timeoutMs: number;
}

const supervisorOf = (stream: Stream) => stream.ingestion.datasource;
export const table = (stream: Stream) => quoted(stream.ingestion.datasource);

/** Number of rows in Druid, including marked ones. */
export function countRows(druid: Druid, stream: Stream): Promise<number> {
  return druid.number(`SELECT COUNT(*) FROM ${table(stream)}`);
}

/** Number of rows in Druid that the dashboard shows: those without a mark. */
export function countUnmarked(druid: Druid, stream: Stream): Promise<number> {
  return druid.number(`SELECT COUNT(*) FROM ${table(stream)} WHERE ${quoted(probeField)} IS NULL`);
}

/** Sends one marked event, and returns its mark. @throws BrokenLink if Kafka doesn't take it */
export async function sendProbe(proof: IngestionProof, index: number): Promise<string> {
  const { stream, kafka, run } = proof;
  const mark = probeId(run, index);
  await onLink("producer → Kafka", () =>
    kafka.send(stream.topic.name, [probeMessage(stream, mark)]),
  );
  return mark;
}

/**
 * Sends marked events one at a time, and repeats a query until it finds the event. Then it measures the same query once
 * more: the benchmark compares the latency of events with that of this bare query.
 */
export async function measureQueryable(
  proof: IngestionProof,
  events: number,
): Promise<{ queryable: Latencies; bareSql: Latencies }> {
  const { stream, druid, timeoutMs } = proof;
  const query = `SELECT COUNT(*) FROM ${table(stream)} WHERE ${quoted(probeField)} = ?`;
  const queryable: number[] = [];
  const bareSql: number[] = [];
  for (let index = 0; index < events; index += 1) {
    const { ms, result: mark } = await timed(async () => {
      const sent = await sendProbe(proof, index);
      await waitFor(
        {
          link: "Kafka → Druid",
          what: `marked event ${index + 1} of ${events} in datasource ${table(stream)}`,
          timeoutMs,
          pauseMs: 0,
          explain: () => druid.supervisorState(supervisorOf(stream)),
        },
        async () => ((await druid.number(query, [sent])) > 0 ? true : undefined),
      );
      return sent;
    });
    queryable.push(ms);
    bareSql.push((await timed(() => druid.number(query, [mark]))).ms);
  }
  return { queryable: summarize(queryable), bareSql: summarize(bareSql) };
}

/** @throws BrokenLink unless each of the run's events is in Druid exactly once */
export async function requireExactlyOnce(proof: IngestionProof, events: number): Promise<void> {
  const { stream, druid, run } = proof;
  const rows = await onLink("Kafka → Druid", () =>
    druid.sql(
      `SELECT ${quoted(probeField)} AS mark, COUNT(*) AS n FROM ${table(stream)} ` +
        `WHERE ${quoted(probeField)} LIKE ? GROUP BY 1`,
      [`${run}-%`],
    ),
  );
  const counts = new Map(rows.map(({ mark, n }) => [String(mark), Number(n)]));
  const marks = Array.from({ length: events }, (_, index) => probeId(run, index));
  const missing = marks.filter((mark) => !counts.has(mark));
  const twice = marks.filter((mark) => (counts.get(mark) ?? 0) > 1);
  if (missing.length + twice.length === 0) return;
  const list = (what: string, found: readonly string[]) =>
    found.length === 0 ? [] : [`${found.length} ${what}: ${found.slice(0, 5).join(", ")}`];
  throw new BrokenLink(
    "Kafka → Druid",
    `of ${events} marked events in ${table(stream)} ${[
      ...list("are missing", missing),
      ...list("are there more than once", twice),
    ].join("; ")}\n${await druid.supervisorState(supervisorOf(stream))}`,
  );
}

/** The counts at both ends of Kafka → Druid. */
export interface Counts {
  readonly messages: number;
  readonly rows: number;
  /** False if messages kept coming, so that the two counts are of different moments. */
  readonly settled: boolean;
}

/** Counts messages and rows until two counts, half a second apart, are the same. */
export async function countBothEnds(proof: IngestionProof): Promise<Counts> {
  const { stream, kafka, druid } = proof;
  const deadline = performance.now() + Math.min(proof.timeoutMs, 20_000);
  const look = async () => ({
    rows: await onLink("Kafka → Druid", () => countRows(druid, stream)),
    messages: await onLink("producer → Kafka", () => kafka.endOffset(stream.topic.name)),
  });
  let before = await look();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = await look();
    const settled = now.rows === before.rows && now.messages === before.messages;
    if (settled || performance.now() > deadline) return { ...now, settled };
    before = now;
  }
}
