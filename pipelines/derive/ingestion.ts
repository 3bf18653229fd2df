import type { Granularity } from "../declare/options";
import type { Stream } from "../declare/stream";
import {
  type AggregatorSpec,
  aggregators,
  type DimensionSpec,
  dimensions,
  type TransformSpec,
  transforms,
} from "./columns";
import { concurrentLocks } from "./datasource";
import { sourceColumn, timeFormat } from "./expressions";
import { type InputFormat, inputFormat } from "./input-format";

/** What the stack's settings add to a stream's ingestion options. */
export interface IngestionEnvironment {
  /** The brokers that Druid's tasks connect to, as "host:port,…". */
  readonly bootstrapServers: string;
  /** Copies of each task, if the stream doesn't set it. Default: 1. */
  readonly replicas?: number;
  /** Further properties of the tasks' Kafka consumer, such as those for TLS. Default: none. */
  readonly consumerProperties?: Readonly<Record<string, string>>;
}

/** The part of a Kafka supervisor's spec that streams use (Druid 33, "Supervisor" and "Ingestion spec reference"). */
export interface IngestionSpec {
  readonly type: "kafka";
  /** The context of each task. */
  readonly context?: { readonly useConcurrentLocks: true };
  readonly spec: {
    readonly dataSchema: {
      readonly dataSource: string;
      readonly timestampSpec: { readonly column: string; readonly format: string };
      readonly dimensionsSpec: { readonly dimensions: readonly DimensionSpec[] };
      readonly transformSpec: TransformSpec;
      readonly metricsSpec?: readonly AggregatorSpec[];
      readonly granularitySpec: {
        readonly type: "uniform";
        readonly segmentGranularity: Granularity;
        readonly queryGranularity: Granularity;
        readonly rollup: boolean;
      };
    };
    readonly ioConfig: {
      readonly type: "kafka";
      readonly topic: string;
      readonly inputFormat: InputFormat;
      readonly consumerProperties: Readonly<Record<string, string>>;
      readonly taskCount: number;
      readonly replicas: number;
      readonly taskDuration: string;
      readonly startDelay: string;
      readonly period: string;
      readonly useEarliestOffset: true;
    };
    readonly tuningConfig: {
      readonly type: "kafka";
      readonly offsetFetchPeriod: string;
      readonly logParseExceptions: true;
      readonly maxSavedParseExceptions: number;
      readonly maxParseExceptions: number;
    };
  };
}

/** Druid's "no limit" (Integer.MAX_VALUE): malformed messages are logged and counted, and ingestion of the others goes on. */
const noLimit = 2_147_483_647;

/** The supervisor that reads the stream's topic into its datasource. */
export function ingestionSpec(stream: Stream, environment: IngestionEnvironment): IngestionSpec {
  const { ingestion } = stream;
  const metricsSpec = aggregators(stream);
  return {
    type: "kafka",
    ...(ingestion.compaction && { context: concurrentLocks }),
    spec: {
      dataSchema: {
        dataSource: ingestion.datasource,
        timestampSpec: timestampSpec(stream),
        dimensionsSpec: { dimensions: dimensions(stream) },
        transformSpec: transforms(stream),
        ...(metricsSpec && { metricsSpec }),
        granularitySpec: {
          type: "uniform",
          segmentGranularity: ingestion.segmentGranularity ?? "HOUR",
          queryGranularity: ingestion.queryGranularity ?? "NONE",
          rollup: ingestion.rollup ?? false,
        },
      },
      ioConfig: {
        type: "kafka",
        topic: stream.topic.name,
        inputFormat: inputFormat(stream),
        consumerProperties: {
          "bootstrap.servers": environment.bootstrapServers,
          ...environment.consumerProperties,
        },
        ...taskCounts(stream, environment.replicas),
        taskDuration: ingestion.taskDuration ?? "PT1H",
        // Druid's defaults, 5 s and 30 s, are for hundreds of supervisors. With these the first row comes within 5 s.
        startDelay: "PT1S",
        period: "PT5S",
        useEarliestOffset: true,
      },
      tuningConfig: {
        type: "kafka",
        // Druid's default is 30 s. Who watches the stream knows within this what has been read.
        offsetFetchPeriod: "PT10S",
        logParseExceptions: true,
        maxSavedParseExceptions: 100,
        maxParseExceptions: ingestion.maxParseExceptions ?? noLimit,
      },
    },
  };
}

/**
 * How many tasks read a stream at a time.
 *
 * @param replicas copies of each, if the stream doesn't say. Default: 1.
 */
export function taskCounts({ ingestion }: Stream, replicas = 1) {
  return { taskCount: ingestion.taskCount ?? 1, replicas: ingestion.replicas ?? replicas };
}

function timestampSpec({ event, timestampField }: Stream): { column: string; format: string } {
  const field = event[timestampField];
  if (field?.role !== "timestamp") return { column: timestampField, format: "auto" };
  return { column: sourceColumn(timestampField, field), format: timeFormat(field) };
}
