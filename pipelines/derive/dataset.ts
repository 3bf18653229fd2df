import type { Field } from "../declare/fields";
import type { Metric } from "../declare/metrics";
import type { Stream } from "../declare/stream";
import { columnType, eventCount } from "./columns";

/** A column of a Superset dataset. */
export interface ColumnSpec {
  readonly column_name: string;
  readonly verbose_name: string;
  /** Druid SQL's type. */
  readonly type: "TIMESTAMP" | "VARCHAR" | "BIGINT" | "DOUBLE";
  /** Whether the column is a time. Without it, Superset takes Druid's `__time` for a number (superset#17154). */
  readonly is_dttm: boolean;
  readonly groupby: boolean;
  readonly filterable: boolean;
}

/** A metric of a Superset dataset. */
export interface MetricSpec {
  readonly metric_name: string;
  readonly verbose_name: string;
  /** Druid SQL. */
  readonly expression: string;
  readonly d3format?: string;
}

export interface DatasetSpec {
  readonly table: string;
  readonly mainTimeColumn: "__time";
  readonly columns: readonly ColumnSpec[];
  readonly metrics: readonly MetricSpec[];
  /** How long answers are cached, in seconds; 0: each chart asks Druid. */
  readonly cacheSeconds: number;
}

/** The dataset over the stream's datasource: the time first, then the fields as declared. */
export function datasetSpec(stream: Stream): DatasetSpec {
  const fields = Object.entries(stream.event);
  return {
    table: stream.ingestion.datasource,
    mainTimeColumn: "__time",
    columns: [
      timeColumn(stream.event[stream.timestampField]),
      ...fields.flatMap(([name, field]) => columnSpec(name, field)),
    ],
    metrics: Object.entries(stream.metrics).map(([name, metric]) =>
      metricSpec(stream, name, metric),
    ),
    cacheSeconds: stream.cacheSeconds,
  };
}

function timeColumn(field: Field | undefined): ColumnSpec {
  return {
    column_name: "__time",
    verbose_name: field?.label ?? "Time",
    type: "TIMESTAMP",
    is_dttm: true,
    groupby: true,
    filterable: true,
  };
}

function columnSpec(name: string, field: Field): ColumnSpec[] {
  // A sketch is no value that a chart could show; its metrics ask for it.
  if (field.role === "timestamp" || field.role === "sketch") return [];
  return [
    {
      column_name: name,
      verbose_name: field.label ?? name,
      type: ({ string: "VARCHAR", long: "BIGINT", double: "DOUBLE" } as const)[columnType(field)],
      is_dttm: false,
      groupby: field.role === "dimension",
      filterable: true,
    },
  ];
}

function metricSpec(stream: Stream, name: string, metric: Metric): MetricSpec {
  return {
    metric_name: name,
    verbose_name: metric.label ?? name,
    expression: expressionOf(stream, metric),
    ...(metric.format === undefined ? {} : { d3format: metric.format }),
  };
}

const column = (name: string) => `"${name.replaceAll('"', '""')}"`;
/** How much the values of an exact count of different ones may take, in bytes: Druid refuses to answer beyond that. */
const exactBytes = 10_000_000;

/** The metric in Druid SQL. */
function expressionOf({ event, ingestion }: Stream, metric: Metric): string {
  const events = ingestion.rollup ? `SUM(${column(eventCount)})` : "COUNT(*)";
  if (metric.aggregate === "count") return events;
  const of = column(metric.field);
  switch (metric.aggregate) {
    case "quantile":
      return `APPROX_QUANTILE_DS(${of}, ${metric.fraction})`;
    case "count-distinct": {
      const isSketch = event[metric.field]?.role === "sketch";
      if (isSketch || metric.method === "sketch") return `APPROX_COUNT_DISTINCT_DS_HLL(${of})`;
      if (metric.method === undefined) return `COUNT(DISTINCT ${of})`;
      return `COALESCE(ARRAY_LENGTH(ARRAY_AGG(DISTINCT ${of}, ${exactBytes}) FILTER (WHERE ${of} IS NOT NULL)), 0)`;
    }
    case "avg":
      return ingestion.rollup ? `SUM(${of}) * 1.0 / ${events}` : `AVG(${of})`;
    default:
      return `${metric.aggregate.toUpperCase()}(${of})`;
  }
}
