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

/** The field by which `make verify` marks its own events. Charts don't show events that have it. */
export const probeField = "probe_id";

/** A stream's declared fields, and the field that marks probe events. */
export type WithProbe<E extends EventFields> = E & {
  readonly probe_id: DimensionField<string, true>;
};

export type Metrics<E extends EventFields> = Readonly<
  Record<string, Metric<MeasureName<E> | DimensionName<E>>>
>;

/** The Kafka topic. */
export interface TopicOptions {
  /** Default: the stream's name. */
  readonly name?: string;
  /** The number can be raised later, but not lowered. Default: 1. */
  readonly partitions?: number;
  /** It cannot be changed later. Default: the stack's. */
  readonly replicationFactor?: number;
  /** How long Kafka keeps an event, in ms. Default: 7 days. */
  readonly retentionMs?: number;
  /** Further topic configuration, by Kafka's names. Default: none. */
  readonly config?: Readonly<Record<string, string>>;
}

export type Granularity = "NONE" | "SECOND" | "MINUTE" | "HOUR" | "DAY" | "MONTH";

/** How Druid merges a datasource's small segments in the background. The names are those of Druid's automatic compaction. */
export interface CompactionOptions {
  /**
   * Segments this close to the end of the newest one are not merged, as an ISO-8601 period. If late events are older than
   * this, Druid merges the same segments again. Default: P1D.
   */
  readonly skipOffsetFromLatest?: string;
  /** How much time a merged segment spans. Default: as much as the segments that are merged. */
  readonly segmentGranularity?: Exclude<Granularity, "NONE" | "SECOND">;
  /** Maximum number of rows in a merged segment. Default: 5,000,000. */
  readonly maxRowsPerSegment?: number;
}

/** The ingestion into Druid. */
export interface IngestionOptions {
  /** Default: the stream's name. */
  readonly datasource?: string;
  /** How much time one segment spans. Default: HOUR. */
  readonly segmentGranularity?: Exclude<Granularity, "NONE" | "SECOND">;
  /** The unit to which `__time` is rounded down; NONE keeps it as it is. Default: NONE. */
  readonly queryGranularity?: Granularity;
  /** How long a task reads before it publishes, as an ISO-8601 duration of one minute or more. Default: PT1H. */
  readonly taskDuration?: string;
  /** Number of tasks that share the partitions. Default: 1. */
  readonly taskCount?: number;
  /** Copies of each task. Default: the stack's. */
  readonly replicas?: number;
  /**
   * Whether a JSON object may spread over several lines of its message. A message that begins with zero bytes, such as a
   * schema registry's prefix, then stops the stream: Druid's reader of such messages fails at it (33.0.0, JsonReader).
   * Default: false, each line of a message is an object.
   */
  readonly multiline?: boolean;
  /** How many unparsable messages a task logs and counts before it fails. Default: no limit. */
  readonly maxParseExceptions?: number;
  /**
   * How long rows can be queried, by their `__time`, as an ISO-8601 period such as P30D. A segment is dropped as a whole,
   * when all of its time is older. Default: for ever.
   */
  readonly retention?: string;
  /** `{}` compacts with the defaults of `CompactionOptions`. Default: no compaction. */
  readonly compaction?: CompactionOptions;
}

/** The events that a generator makes for this stream. */
export interface ProducerOptions<E extends EventFields, Each extends EnumeratedName<E>> {
  /** Time between rounds, in ms. */
  readonly intervalMs: number;
  /** A round has one event for each value of this field, which is also the message's key. */
  readonly forEach: Each;
  /** The range of each measure for each of these values, with both ends included. */
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
  /** How long Superset caches a query's answer, in seconds; 0: each refresh asks Druid. Default: 0. */
  readonly cacheSeconds?: number;
  /** Default: none. */
  readonly dashboard?: Dashboard<
    DimensionName<NoInfer<E>>,
    keyof NoInfer<M> & string,
    ValueOf<NoInfer<E>[EnumeratedName<NoInfer<E>>]> & string
  >;
}

/** A declared stream with its defaults filled in. Everything else is derived from it. */
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
 * Declares a stream. Its topic, ingestion, dataset, charts and the type of its events are derived from this declaration.
 *
 * @throws Error if the declaration has no or two timestamps, a name or a period that a service would refuse, or two charts
 * with one key
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
    event: { ...options.event, [probeField]: dimension.optionalString({ label: "Probe" }) },
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

/** ISO-8601 from years to seconds, as java.time and Joda-Time read it. */
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
  // Druid counts whole minutes, and with 0 minutes each task fails at once (33.0.0, SeekableStreamIndexTaskRunner).
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
  if (probeField in fields) {
    throw new Error(
      `stream "${stream}": the field ${probeField} is reserved, because every stream has it`,
    );
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
