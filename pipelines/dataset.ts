import type { Pipeline } from "./definition";
import type { Field } from "./fields";
import { type Metric, metricExpression } from "./metrics";

/** A column of a Superset dataset. */
export interface DatasetColumn {
  readonly column_name: string;
  readonly verbose_name: string;
  /** Druid SQL's type. */
  readonly type: "TIMESTAMP" | "VARCHAR" | "BIGINT" | "DOUBLE";
  /** Superset takes Druid's `__time` for a number unless told (superset#17154). */
  readonly is_dttm: boolean;
  readonly groupby: boolean;
  readonly filterable: boolean;
}

/** A metric of a Superset dataset. */
export interface DatasetMetric {
  readonly metric_name: string;
  readonly verbose_name: string;
  /** Druid SQL. */
  readonly expression: string;
  readonly d3format?: string;
}

export interface DatasetDefinition {
  readonly table: string;
  readonly mainTimeColumn: "__time";
  readonly columns: readonly DatasetColumn[];
  readonly metrics: readonly DatasetMetric[];
  /** Seconds; 0: each chart asks Druid anew. */
  readonly cacheSeconds: number;
}

/** The dataset over the pipeline's datasource: the time first, then the fields as declared. */
export function datasetDefinition(pipeline: Pipeline): DatasetDefinition {
  const fields = Object.entries(pipeline.event);
  return {
    table: pipeline.ingestion.datasource,
    mainTimeColumn: "__time",
    columns: [
      timeColumn(pipeline.event[pipeline.timestampField]),
      ...fields.flatMap(([name, field]) => column(name, field)),
    ],
    metrics: Object.entries(pipeline.metrics).map(([name, metric]) => datasetMetric(name, metric)),
    cacheSeconds: pipeline.cacheSeconds,
  };
}

function timeColumn(field: Field | undefined): DatasetColumn {
  return {
    column_name: "__time",
    verbose_name: field?.label ?? "Time",
    type: "TIMESTAMP",
    is_dttm: true,
    groupby: true,
    filterable: true,
  };
}

function column(name: string, field: Field): DatasetColumn[] {
  if (field.role === "timestamp") {
    return [];
  }
  return [
    {
      column_name: name,
      verbose_name: field.label ?? name,
      type: ({ string: "VARCHAR", long: "BIGINT", double: "DOUBLE" } as const)[field.type],
      is_dttm: false,
      groupby: field.role === "dimension",
      filterable: true,
    },
  ];
}

function datasetMetric(name: string, metric: Metric): DatasetMetric {
  return {
    metric_name: name,
    verbose_name: metric.label ?? name,
    expression: metricExpression(metric),
    ...(metric.format === undefined ? {} : { d3format: metric.format }),
  };
}
