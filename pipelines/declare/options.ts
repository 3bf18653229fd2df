/** What a stream's declaration may say. */
import type { Dashboard } from "./dashboard";
import type {
  DimensionField,
  DimensionName,
  DimensionValue,
  EnumeratedName,
  EventFields,
  MeasureName,
  SketchName,
  ValueOf,
} from "./fields";
import type { MessageFormat } from "./format";
import type { Metric } from "./metrics";

/** A stream's declared fields, and the field that marks probe events. */
export type WithProbe<E extends EventFields> = E & {
  readonly probe_id: DimensionField<string, true>;
};

export type Metrics<E extends EventFields> = Readonly<
  Record<string, Metric<MeasureName<E> | DimensionName<E> | SketchName<E>>>
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
  /**
   * False: the topic is somebody else's. It is only read, never created, altered or deleted, and only `name` may be declared
   * beside it. `make verify` sends nothing to it. Default: true.
   */
  readonly managed?: boolean;
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
  /**
   * Only events for which this Druid expression is true become rows, such as `"status" != 'test' && "amount" > 0`. It names
   * fields as declared. Default: all.
   */
  readonly filter?: string;
  /**
   * Whether events with the same values in all dimensions and the same time, rounded down to `queryGranularity`, become one
   * row: measures are summed (or as their `rollup` says), sketches united, and `count()` goes on counting events. Default: false.
   */
  readonly rollup?: boolean;
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

/** The events that the stack makes and sends: the standalone producer, Airflow's DAG, or `npm run produce`. */
export interface ProducerOptions<E extends EventFields, Each extends EnumeratedName<E>> {
  /** Time between two rounds of the standalone producer, in ms: 10 to 86,400,000, a day. Airflow's DAG runs each minute. */
  readonly intervalMs: number;
  /** A round has one event for each value of this field, which is also the message's key. */
  readonly forEach: Each;
  /** The range of each measure for each of these values, with both ends included. */
  readonly ranges: Readonly<
    Record<
      ValueOf<E[Each]> & string,
      Readonly<Record<MeasureName<E>, { readonly min: number; readonly max: number }>>
    >
  >;
  /**
   * What the other dimensions are drawn from; null is an event without the field. Default: those of `dimension.oneOf`, else
   * five of the field's type, such as `country-1`, and null as well where the field is optional.
   */
  readonly choices?: Choices<E>;
}

type Choices<E extends EventFields> = {
  readonly [K in DimensionName<E>]?: readonly (
    | ValueOf<E[K]>
    | (E[K] extends DimensionField<DimensionValue, true> ? null : never)
  )[];
};

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
  /** What the messages are written in: `csv()`, `tsv()`, `avro(…)` or `protobuf(…)`. Default: JSON. */
  readonly format?: MessageFormat;
  readonly topic?: TopicOptions;
  readonly ingestion?: IngestionOptions;
  readonly producer?: ProducerOptions<NoInfer<E>, Each>;
  /**
   * The stack's exporter sends it the stack's own metrics: each 10 s events with a time, `metric`, `subject` and `value`. The stream is
   * part of stacks with the config `operationsDashboard`. Default: it does not.
   */
  readonly sentBy?: "exporter";
  /** How long Superset caches a query's answer, in seconds; 0: each refresh asks Druid. Default: 0. */
  readonly cacheSeconds?: number;
  /** Default: none. */
  readonly dashboard?: Dashboard<
    DimensionName<NoInfer<E>>,
    keyof NoInfer<M> & string,
    ValueOf<NoInfer<E>[EnumeratedName<NoInfer<E>>]> & string,
    MeasureName<NoInfer<E>>
  >;
}
