import { counted } from "../resources/counted";
import type { Tally } from "./audit";
import type { BrokenLink, Link } from "./link";
import type { Proof } from "./proof";
import type { ReadProof } from "./read-only";
import type { Latencies } from "./statistics";

const links: readonly Link[] = [
  "producer → Kafka",
  "Kafka → Druid",
  "Druid → Superset",
  "Superset → chart",
];

const number = new Intl.NumberFormat("en");
const line = (label: string, text: string) => `  ${label.padEnd(20)}${text}`;

const latencies = ({ count, p50, p90, p99 }: Latencies) =>
  `p50 ${p50.toFixed(0)} ms, p90 ${p90.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms (${count} times)`;

/** The latency of events divided by that of the bare query, both as p50 of one run. */
export const latencyRatio = (proof: Proof) => proof.queryable.p50 / proof.bareSql.p50;

/** The text about a stream that works. */
export function describeProof(proof: Proof): string {
  const { producedAfterMs: produced, charts, chartLatency } = proof;
  const said = produced === undefined ? "" : `; the producer's own after ${seconds(produced)}`;
  return [
    `Stream ${proof.stream}: every link holds.`,
    line("producer → Kafka", `ok: ${proof.events} marked events acknowledged${said}`),
    line("Kafka → Druid", `ok: ${proof.events} of ${proof.events} found, each exactly once`),
    ...(charts
      ? [
          line("Druid → Superset", "ok: Superset finds the marked events in the dataset"),
          line(
            "Superset → chart",
            `ok: ${charts.length} charts have data, none shows a marked event`,
          ),
          ...charts.map(({ title, rows, cutAt }) => {
            const cut = cutAt === undefined ? "" : `, cut at its limit of ${cutAt}: see rowLimit`;
            return line("", `${title}: ${counted(rows, "row")}${cut}`);
          }),
        ]
      : [line("Superset", "the stream has no dashboard")]),
    line("event → queryable", latencies(proof.queryable)),
    line(
      "bare SQL query",
      `${latencies(proof.bareSql)}; ratio of the p50: ${latencyRatio(proof).toFixed(2)}`,
    ),
    ...(chartLatency ? [line("event → chart", latencies(chartLatency))] : []),
    describeCounts(proof),
    ...describeAudit(proof),
  ].join("\n");
}

/** The text about a stream that works, and whose topic is only read. */
export function describeReadProof(proof: ReadProof): string {
  const { charts } = proof;
  return [
    `Stream ${proof.stream}: Druid has read topic ${proof.topic} to its end.`,
    line("producer → Kafka", "not tried: the topic is only read, and nothing was sent to it"),
    line("Kafka → Druid", "ok: all messages that were there when this began are read"),
    ...(charts ?? []).map(({ title, rows }) => line("chart", `${title}: ${counted(rows, "row")}`)),
    describeCounts(proof),
    ...describeAudit(proof),
  ].join("\n");
}

function describeCounts({ counts: { messages, rows, settled } }: Pick<Proof, "counts">): string {
  const ends = `${counted(messages, "message")} in Kafka, ${counted(rows, "row")} in Druid`;
  return line("counts", settled ? ends : `${ends}, still growing`);
}

/** What became of the messages. Kinds that there are none of are left out, but for malformed ones. */
function describeAudit({ audit, counts }: Pick<Proof, "audit" | "counts">): string[] {
  const { deleted, offsets, empty, tombstones, rows, unread, tasks, lag, notRead } = audit;
  const malformed = total(audit.malformed);
  const parts = [
    counted(rows, "row"),
    `${number.format(malformed)} malformed`,
    ...(tombstones > 0 ? [counted(tombstones, "tombstone")] : []),
    ...(empty > 0 ? [`${number.format(empty)} without a message (transactions, compaction)`] : []),
    ...(unread > 0
      ? [`${counted(unread, "line")} with more than one object: the first is read`]
      : []),
  ];
  const isWhole = deleted === 0 && offsets === counts.messages;
  const read = [
    line(
      isWhole ? "all offsets" : "last offsets",
      `${number.format(offsets)}: ${parts.join(", ")}`,
    ),
    ...describeTallies("malformed", audit.malformed),
    ...describeTallies("null instead", audit.wrongFields),
    ...(isWhole && counts.settled && !audit.selects ? describeDifference(counts.rows - rows) : []),
  ];
  return [
    ...(notRead === undefined ? read : [line("messages", `not looked at: ${notRead}`)]),
    ...Object.entries(audit.nulls).map(([field, count]) =>
      line("nulls", `${counted(count, "row")} without a value in ${field}`),
    ),
    ...(deleted > 0
      ? [line("deleted by Kafka", `${counted(deleted, "offset")}, by retention or by hand`)]
      : []),
    line("Druid's own count", tasks ? describeTasks(tasks) : "not known: its tasks did not answer"),
    ...(lag === undefined ? [] : [line("lag", counted(lag, "message"))]),
  ];
}

function describeTasks(tasks: NonNullable<Proof["audit"]["tasks"]>): string {
  const { processed, processedWithError, unparseable, thrownAway, since } = tasks;
  return (
    `of its running tasks${since === undefined ? "" : ` since ${since}`}: ${counted(processed + processedWithError, "row")}, ` +
    `${number.format(processedWithError)} with a wrong field, ${number.format(unparseable)} unparseable, ` +
    `${number.format(thrownAway)} thrown away`
  );
}

/** @param more by how many the table's rows are more than those that the messages make */
function describeDifference(more: number): string[] {
  if (more === 0) return [];
  const rows = `${counted(Math.abs(more), "row")} ${more > 0 ? "more" : "less"} than the messages make`;
  const why =
    more > 0
      ? "was the topic deleted and created, or its start read twice?"
      : "dropped by ingestion.retention, or not read yet";
  return [line("difference", `${rows}: ${why}`)];
}

const total = (tallies: ReadonlyMap<string, Tally>) =>
  [...tallies.values()].reduce((sum, { count }) => sum + count, 0);

/** The most frequent reasons, each with its first example. */
function describeTallies(label: string, tallies: ReadonlyMap<string, Tally>): string[] {
  const sorted = [...tallies].sort(([, left], [, right]) => right.count - left.count);
  const shown = sorted
    .slice(0, 8)
    .map(([reason, { count, example }]) =>
      line(label, `${number.format(count)} × ${reason}; such as ${example}`),
    );
  const rest = sorted.slice(8).reduce((sum, [, { count }]) => sum + count, 0);
  return rest === 0 ? shown : [...shown, line(label, `${number.format(rest)} for other reasons`)];
}

/**
 * The text about a stream that doesn't work: the links that hold, the broken one, and the reason.
 *
 * @param warnings lines of Druid's logs
 */
export function describeBreak(
  stream: string,
  error: BrokenLink,
  warnings: readonly string[] = [],
): string {
  const broken = links.indexOf(error.link);
  return [
    `Stream ${stream}: the link ${error.link} is broken.`,
    ...links.map((link, index) =>
      line(link, index < broken ? "ok" : index === broken ? "BROKEN" : "not reached"),
    ),
    "",
    ...error.message.split("\n").map((text) => `  ${text}`),
    ...(warnings.length > 0
      ? ["", "  The last warnings in the logs of Druid's indexers and coordinators:"]
      : []),
    ...warnings.map((text) => `  ${text}`),
  ].join("\n");
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
