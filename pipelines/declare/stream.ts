import type { Dashboard } from "./dashboard";
import {
  type DimensionField,
  type DimensionName,
  dimension,
  type EnumeratedName,
  type EventFields,
  type EventOf,
  type MeasureName,
  type ValueOf,
} from "./fields";
import type { Metric } from "./metrics";

/** The field that `make verify` marks its own events with; every chart leaves events that have it out. */
export const PROBE_FIELD = "probe_id";

/** The fields of every stream: those it declares, and the mark of probe events. */
export type WithProbe<E extends EventFields> = E & {
  readonly probe_id: DimensionField<string, true>;
};

export type Metrics<E extends EventFields> = Readonly<
  Record<string, Metric<MeasureName<E> | DimensionName<E>>>
>;

/** The Kafka topic. What is left out follows the stack's settings. */
export interface TopicOptions {
  /** Default: the stream's name. */
  readonly name?: string;
  /** Default 1. More can be added later, fewer cannot. */
  readonly partitions?: number;
  /** Default: the stack's. It cannot be changed later. */
  readonly replicationFactor?: number;
  /** How long Kafka keeps an event, in ms; default: 7 days. */
  readonly retentionMs?: number;
  /** Further topic configuration, by Kafka's own names. */
  readonly config?: Readonly<Record<string, string>>;
}

export type Granularity = "NONE" | "SECOND" | "MINUTE" | "HOUR" | "DAY" | "MONTH";

/** How Druid merges a datasource's small segments in the background, by the names of its automatic compaction. */
export interface CompactionOptions {
  /**
   * Segments this near to the newest one's end are left alone, as an ISO-8601 period; default P1D. Shorter than what
   * comes late, compaction does the same work twice.
   */
  readonly skipOffsetFromLatest?: string;
  /** How much time a merged segment spans; default: what the segments that are merged span. */
  readonly segmentGranularity?: Exclude<Granularity, "NONE" | "SECOND">;
  /** Rows of a merged segment at most; default 5,000,000. */
  readonly maxRowsPerSegment?: number;
}

/** The ingestion into Druid. */
export interface IngestionOptions {
  /** Default: the stream's name. */
  readonly datasource?: string;
  /** How much time one segment spans; default HOUR. */
  readonly segmentGranularity?: Exclude<Granularity, "NONE" | "SECOND">;
  /** What `__time` is cut down to; default NONE: kept as it is. */
  readonly queryGranularity?: Granularity;
  /** How long a task reads before it publishes, as an ISO-8601 duration of a minute or more; default PT1H. */
  readonly taskDuration?: string;
  /** Tasks that share the partitions; default 1. */
  readonly taskCount?: number;
  /** Copies of each task; default: the stack's. */
  readonly replicas?: number;
  /** Rows that cannot be parsed before the task fails; default: no limit, each is logged and counted. */
  readonly maxParseExceptions?: number;
  /**
   * How long rows can be queried, by their `__time`, as an ISO-8601 period such as P30D; default: for ever. A segment goes
   * as a whole, once all of it is older.
   */
  readonly retention?: string;
  /** `{}` compacts with the defaults above; default: no compaction. */
  readonly compaction?: CompactionOptions;
}

/** What a generator of events for this stream makes. */
export interface ProducerOptions<E extends EventFields, Each extends EnumeratedName<E>> {
  /** Time between rounds, in ms. */
  readonly intervalMs: number;
  /** A round has one event for each value of this field, which is also the message's key. */
  readonly forEach: Each;
  /** For each of these values, the range (inclusive) of each measure. */
  readonly ranges: Readonly<
    Record<
      ValueOf<E[Each]>,
      Readonly<Record<MeasureName<E>, { readonly min: number; readonly max: number }>>
    >
  >;
}

export interface StreamOptions<
  E extends EventFields,
  M extends Metrics<E>,
  Each extends EnumeratedName<E>,
> {
  /** Names the topic, the datasource and every registration: lower-case letters, digits, `-` and `_`. */
  readonly name: string;
  readonly description?: string;
  /** The fields of one event; exactly one is a `timestamp()`. */
  readonly event: E;
  readonly metrics: M;
  readonly topic?: TopicOptions;
  readonly ingestion?: IngestionOptions;
  readonly producer?: ProducerOptions<NoInfer<E>, Each>;
  /** How long Superset keeps a query's answer, in seconds; default 0: each refresh asks Druid. */
  readonly cacheSeconds?: number;
  /** Default: none. */
  readonly dashboard?: Dashboard<
    DimensionName<NoInfer<E>>,
    keyof NoInfer<M> & string,
    ValueOf<NoInfer<E>[EnumeratedName<NoInfer<E>>]> & string
  >;
}

/** A stream with its defaults filled in: everything that is derived from the declaration starts here. */
export interface Stream<
  E extends EventFields = EventFields,
  M extends Metrics<E> = Metrics<E>,
  Each extends string = string,
> {
  readonly kind: "stream";
  readonly name: string;
  readonly description: string;
  readonly event: WithProbe<E>;
  /** The name of the field that becomes `__time`. */
  readonly timestampField: string;
  readonly metrics: M;
  readonly topic: TopicOptions & { readonly name: string; readonly partitions: number };
  readonly ingestion: IngestionOptions & { readonly datasource: string };
  readonly producer?: {
    readonly intervalMs: number;
    readonly forEach: Each;
    readonly ranges: Readonly<
      Record<string, Readonly<Record<string, { readonly min: number; readonly max: number }>>>
    >;
  };
  readonly cacheSeconds: number;
  readonly dashboard?: Dashboard;
}

/** The type of a stream's events, derived from its fields. */
export type StreamEvent<P> = P extends Stream<infer E, infer _M> ? EventOf<WithProbe<E>> : never;

/**
 * Declares a stream. All that is made of it (topic, ingestion, dataset, charts, the producer's event type) is derived
 * from this one declaration.
 *
 * @throws Error where the declaration contradicts itself: no or two timestamps, a name or a period that no service takes,
 * two charts of one key.
 */
export function defineStream<
  const E extends EventFields,
  const M extends Metrics<E>,
  const Each extends EnumeratedName<E>,
>(options: StreamOptions<E, M, Each>): Stream<E, M, Each> {
  requireName(options.name);
  requirePeriods(options.name, options.ingestion ?? {});
  requireUniqueCharts(options.name, options.dashboard);
  return {
    kind: "stream",
    name: options.name,
    description: options.description ?? "",
    event: { ...options.event, [PROBE_FIELD]: dimension.optionalString({ label: "Probe" }) },
    timestampField: requireTimestamp(options.name, options.event),
    metrics: options.metrics,
    topic: { partitions: 1, ...options.topic, name: options.topic?.name ?? options.name },
    ingestion: {
      ...options.ingestion,
      datasource: options.ingestion?.datasource ?? options.name,
    },
    producer: options.producer,
    cacheSeconds: options.cacheSeconds ?? 0,
    dashboard: options.dashboard,
  };
}

function requireName(name: string): void {
  if (!/^[a-z][a-z0-9_-]{0,62}$/.test(name)) {
    throw new Error(
      `stream "${name}": a name is a lower-case letter and then letters, digits, - or _, 63 at most`,
    );
  }
}

/** Years down to seconds, as java.time and Joda-Time read them. */
const period = /^P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?$/;

function requirePeriods(stream: string, ingestion: IngestionOptions): void {
  const { taskDuration, retention, compaction } = ingestion;
  const periods = {
    taskDuration,
    retention,
    "compaction.skipOffsetFromLatest": compaction?.skipOffsetFromLatest,
  };
  for (const [key, value] of Object.entries(periods)) {
    if (value !== undefined && !period.test(value)) {
      throw new Error(
        `stream "${stream}": ingestion.${key} must be an ISO-8601 period such as P30D or PT1H, is "${value}"`,
      );
    }
  }
  // Druid counts it in whole minutes, and at 0 each task fails at once (33.0.0, SeekableStreamIndexTaskRunner).
  if (Number(/^PT(\d+)S$/.exec(taskDuration ?? "")?.[1] ?? 60) < 60) {
    throw new Error(
      `stream "${stream}": ingestion.taskDuration must be PT1M or more, is "${taskDuration}"`,
    );
  }
}

function requireTimestamp(stream: string, fields: EventFields): string {
  const names = Object.keys(fields).filter((name) => fields[name]?.role === "timestamp");
  const [only] = names;
  if (only === undefined || names.length > 1) {
    throw new Error(
      `stream "${stream}": exactly one field must be a timestamp(), found ${names.join(", ") || "none"}`,
    );
  }
  if (PROBE_FIELD in fields) {
    throw new Error(`stream "${stream}": the field ${PROBE_FIELD} is every stream's already`);
  }
  return only;
}

function requireUniqueCharts(stream: string, dashboard: Dashboard | undefined): void {
  const keys = dashboard?.rows.flat().map((chart) => chart.key) ?? [];
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) {
    throw new Error(`stream "${stream}": two charts have the key "${twice}"`);
  }
}
