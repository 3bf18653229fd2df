import type { Malformed } from "./ingestion";
import type { BrokenLink, Link } from "./link";
import type { Proof } from "./proof";
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
          ...charts.map(({ title, rows }) => line("", `${title}: ${plural(rows, "row")}`)),
        ]
      : [line("Superset", "the stream has no dashboard")]),
    line("event → queryable", latencies(proof.queryable)),
    line(
      "bare SQL query",
      `${latencies(proof.bareSql)}; ratio of the p50: ${latencyRatio(proof).toFixed(2)}`,
    ),
    ...(chartLatency ? [line("event → chart", latencies(chartLatency))] : []),
    ...describeCounts(proof),
    ...describeSamples(proof.malformed),
  ].join("\n");
}

function describeCounts({ counts, malformed }: Proof): string[] {
  const { messages, rows, settled } = counts;
  const ends = `${plural(messages, "message")} in Kafka, ${plural(rows, "row")} in Druid`;
  const { unparseable } = malformed.totals;
  const ofTasks = `the running tasks count ${number.format(unparseable)} unparseable`;
  if (!settled) return [line("counts", `${ends}, still growing; ${ofTasks}`)];
  if (rows > messages) {
    const more = `more rows than messages: was the topic deleted and created, or its start read twice?`;
    return [line("counts", `${ends}; ${more}`)];
  }
  return [
    line("counts", ends),
    line(
      "malformed",
      `${number.format(messages - rows)} malformed messages have no row; ${ofTasks}`,
    ),
  ];
}

function describeSamples({ samples }: Malformed): string[] {
  return samples.flatMap(({ input, details }) => [
    line("", `message ${JSON.stringify(input.slice(0, 120))}`),
    line("", `  Druid: ${details.replace(/\s+/g, " ").slice(0, 200)}`),
  ]);
}

/** The text about a stream that doesn't work: the links that hold, the broken one, and the reason. */
export function describeBreak(stream: string, error: BrokenLink): string {
  const broken = links.indexOf(error.link);
  return [
    `Stream ${stream}: the link ${error.link} is broken.`,
    ...links.map((link, index) =>
      line(link, index < broken ? "ok" : index === broken ? "BROKEN" : "not reached"),
    ),
    "",
    ...error.message.split("\n").map((text) => `  ${text}`),
  ].join("\n");
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const plural = (count: number, what: string) =>
  `${number.format(count)} ${what}${count === 1 ? "" : "s"}`;
