import type { EventFields, Field } from "../declare/fields";
import type { Granularity } from "../declare/options";
import type { Stream } from "../declare/stream";
import { concurrentLocks } from "./datasource";

/** What the stack's settings add to a stream's ingestion options. */
export interface IngestionEnvironment {
  /** The brokers that Druid's tasks connect to, as "host:port,…". */
  readonly bootstrapServers: string;
  /** Copies of each task, if the stream doesn't set it. Default: 1. */
  readonly replicas?: number;
  /** Further properties of the tasks' Kafka consumer, such as those for TLS. Default: none. */
  readonly consumerProperties?: Readonly<Record<string, string>>;
}

export interface DimensionSpec {
  readonly type: "string" | "long" | "double";
  readonly name: string;
}

/** The part of a Kafka supervisor's spec that streams use (Druid 33, "Supervisor" and "Ingestion spec reference"). */
export interface IngestionSpec {
  readonly type: "kafka";
  /** The context of each task. */
  readonly context?: { readonly useConcurrentLocks: true };
  readonly spec: {
    readonly dataSchema: {
      readonly dataSource: string;
      readonly timestampSpec: { readonly column: string; readonly format: "auto" };
      readonly dimensionsSpec: { readonly dimensions: readonly DimensionSpec[] };
      readonly transformSpec: {
        readonly transforms: readonly {
          readonly type: "expression";
          readonly name: string;
          readonly expression: string;
        }[];
      };
      readonly granularitySpec: {
        readonly type: "uniform";
        readonly segmentGranularity: Granularity;
        readonly queryGranularity: Granularity;
        readonly rollup: false;
      };
    };
    readonly ioConfig: {
      readonly type: "kafka";
      readonly topic: string;
      readonly inputFormat: { readonly type: "json"; readonly assumeNewlineDelimited?: true };
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

/**
 * Druid's "auto" takes every number for epoch ms. By its size a number is one of seconds, ms, µs or ns: in each of the units
 * the ranges are from 1973 to the year 5138. A text that is no number is ISO 8601, and is left as it is.
 */
function timeExpression(column: string): string {
  const size = "abs(__time)";
  const ms = `case_searched(${size} < 1e11, __time * 1000, ${size} < 1e14, __time, ${size} < 1e17, __time / 1000, __time / 1000000)`;
  return `if(regexp_like("${column}", '^[-+]?[0-9.]+$'), ${ms}, __time)`;
}

/** Druid's "no limit" (Integer.MAX_VALUE): malformed messages are logged and counted, and ingestion of the others goes on. */
const noLimit = 2_147_483_647;

/** The supervisor that reads the stream's topic into its datasource. */
export function ingestionSpec(stream: Stream, environment: IngestionEnvironment): IngestionSpec {
  const { ingestion } = stream;
  return {
    type: "kafka",
    ...(ingestion.compaction && { context: concurrentLocks }),
    spec: {
      dataSchema: {
        dataSource: ingestion.datasource,
        timestampSpec: { column: stream.timestampField, format: "auto" },
        dimensionsSpec: { dimensions: columns(stream.event) },
        transformSpec: {
          transforms: [
            {
              type: "expression",
              name: "__time",
              expression: timeExpression(stream.timestampField),
            },
          ],
        },
        granularitySpec: {
          type: "uniform",
          segmentGranularity: ingestion.segmentGranularity ?? "HOUR",
          queryGranularity: ingestion.queryGranularity ?? "NONE",
          rollup: false,
        },
      },
      ioConfig: {
        type: "kafka",
        topic: stream.topic.name,
        inputFormat: {
          type: "json",
          ...(!ingestion.multiline && { assumeNewlineDelimited: true }),
        },
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

function columns(fields: EventFields): DimensionSpec[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const type = columnType(field);
    return type === undefined ? [] : [{ type, name }];
  });
}

function columnType(field: Field): DimensionSpec["type"] | undefined {
  return field.role === "timestamp" ? undefined : field.type;
}
