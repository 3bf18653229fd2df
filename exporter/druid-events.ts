import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import * as z from "zod";
import { CopyCounter } from "./copy-counter";
import { type DruidMetric, druidMetrics, prometheusName } from "./druid-metrics";
import type { StreamConfig } from "./settings";

/** A dimension's value, or a list of values. */
function oneOrSeveral() {
  return z.union([z.string(), z.array(z.string()).transform((names) => names.join(","))]);
}

/** An event of Druid's HTTP emitter. Others, such as alerts, have no metric. */
const event = z.object({
  metric: z.string(),
  value: z.number(),
  service: z.string().max(200),
  host: z.string().max(300).optional(),
  /** Of a query over several tables, a list. */
  dataSource: oneOrSeveral().optional(),
  memKind: z.string().max(50).optional(),
  /** What a task tells of the rows that it made has a list of one. */
  taskId: oneOrSeveral().optional(),
});
type DruidEvent = z.output<typeof event>;

/** What of a stream's counters each of Druid's is. */
const streamCounters: ReadonlyMap<string, { counter: keyof StreamCounters; reason?: string }> =
  new Map([
    ["ingest/events/processed", { counter: "processed" }],
    ["ingest/events/processedWithError", { counter: "malformed", reason: "wrong_value" }],
    ["ingest/events/unparseable", { counter: "malformed", reason: "unparseable" }],
    ["ingest/events/thrownAway", { counter: "thrownAway" }],
  ]);

interface StreamCounters {
  readonly processed: Counter<"stream">;
  readonly malformed: Counter<"stream" | "reason">;
  readonly thrownAway: Counter<"stream">;
}

/** As many series are kept at most, whatever is sent. */
const maxSeries = 5_000;
/** A gauge that was not told for so long is of a process or a datasource that is gone, in ms. */
const gaugeLifeMs = 120_000;
/** In ms. */
const queryBuckets = [10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000];

type Labels = Record<string, string>;

/** The metrics that Druid's processes send. */
export class DruidEvents {
  private readonly metrics = new Map<string, Counter | Gauge | Histogram>();
  /** When each series was last told, by its name and labels. */
  private readonly series = new Map<string, { at: number; gauge?: Gauge; labels: Labels }>();
  private readonly streamOf: ReadonlyMap<string, string>;
  private readonly copies: CopyCounter;
  private readonly counters: StreamCounters;

  /** @param now in ms. Default: a clock. */
  constructor(
    registry: Registry,
    streams: readonly StreamConfig[],
    private readonly now: () => number = () => performance.now(),
  ) {
    this.streamOf = new Map(streams.map(({ name, datasource }) => [datasource, name]));
    this.copies = new CopyCounter(now);
    for (const [name, metric] of druidMetrics)
      this.metrics.set(name, create(registry, name, metric));
    this.counters = createStreamCounters(registry);
    for (const stream of streams) this.begin(stream);
  }

  /** Takes a batch as Druid posts it: a list of events. @returns how many of them are kept */
  add(batch: unknown): number {
    const events = z.array(z.unknown()).parse(batch);
    let kept = 0;
    for (const one of events) {
      const parsed = event.safeParse(one);
      if (parsed.success && this.addEvent(parsed.data)) kept += 1;
    }
    this.forgetGone();
    return kept;
  }

  private addEvent(one: DruidEvent): boolean {
    const kind = druidMetrics.get(one.metric);
    const metric = this.metrics.get(one.metric);
    if (kind === undefined || metric === undefined) return false;
    // Copies of a task each tell what they read.
    const value =
      streamCounters.has(one.metric) && one.taskId !== undefined
        ? this.copies.add(one.metric, one.taskId, one.value)
        : one.value;
    this.countStream(one, value);
    return this.keep(one.metric, metric, labelsOf(kind, one), value);
  }

  private keep(
    name: string,
    metric: Counter | Gauge | Histogram,
    labels: Labels,
    value: number,
  ): boolean {
    const key = [name, ...Object.values(labels)].join("\u0000");
    if (!this.series.has(key) && this.series.size >= maxSeries) return false;
    const gauge = metric instanceof Gauge ? metric : undefined;
    this.series.set(key, { at: this.now(), gauge, labels });
    if (metric instanceof Gauge) metric.set(labels, value);
    else if (metric instanceof Histogram) metric.observe(labels, value);
    else metric.inc(labels, Math.max(0, value));
    return true;
  }

  private countStream({ metric, dataSource = "" }: DruidEvent, value: number): void {
    const counted = streamCounters.get(metric);
    const stream = this.streamOf.get(dataSource);
    if (counted === undefined || stream === undefined) return;
    const { counter, reason } = counted;
    this.counters[counter].inc({ stream, ...(reason && { reason }) }, Math.max(0, value));
    // These too have a row.
    if (reason === "wrong_value") this.counters.processed.inc({ stream }, Math.max(0, value));
  }

  /** A counter begins at 0, so that the first event of a kind is an increase. */
  private begin({ name: stream, datasource: dataSource }: StreamConfig): void {
    for (const { counter, reason } of streamCounters.values()) {
      this.counters[counter].inc({ stream, ...(reason && { reason }) }, 0);
    }
    const labels = { service: "druid/coordinator", dataSource };
    for (const name of ["task/success/count", "task/failed/count"]) {
      const metric = this.metrics.get(name);
      if (metric) this.keep(name, metric, labels, 0);
    }
  }

  private forgetGone(): void {
    for (const [key, { at, gauge, labels }] of this.series) {
      if (gauge === undefined || this.now() - at < gaugeLifeMs) continue;
      gauge.remove(labels);
      this.series.delete(key);
    }
  }
}

function create(
  registry: Registry,
  name: string,
  { kind, labels }: DruidMetric,
): Counter | Gauge | Histogram {
  const options = {
    name: prometheusName(name),
    help: `Druid's metric ${name}.`,
    labelNames: ["service", ...labels],
    registers: [registry],
  };
  if (kind === "gauge") return new Gauge(options);
  return kind === "counter"
    ? new Counter(options)
    : new Histogram({ ...options, buckets: queryBuckets });
}

function createStreamCounters(registry: Registry): StreamCounters {
  const registers = [registry];
  return {
    processed: new Counter({
      name: "stream_events_processed_total",
      help: "Rows that Druid made of the stream.",
      labelNames: ["stream"],
      registers,
    }),
    malformed: new Counter({
      name: "stream_malformed_events_total",
      help: "Lines or messages without a row (unparseable), and rows with a value that does not fit its column (wrong_value).",
      labelNames: ["stream", "reason"],
      registers,
    }),
    thrownAway: new Counter({
      name: "stream_thrown_away_events_total",
      help: "Messages that Druid leaves out on purpose: tombstones.",
      labelNames: ["stream"],
      registers,
    }),
  };
}

function labelsOf({ labels }: DruidMetric, one: DruidEvent): Labels {
  const { service } = one;
  return { service, ...Object.fromEntries(labels.map((label) => [label, one[label] ?? ""])) };
}
