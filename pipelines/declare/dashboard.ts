/**
 * What a stream declares about its dashboard: which charts, of which fields and metrics, in which rows. The names of
 * fields and metrics are typed by the stream, so that a field that is renamed in only one place does not compile.
 */

/** The length of the intervals of a time axis, as ISO-8601 durations that Superset knows. */
export type TimeGrain = "PT1S" | "PT5S" | "PT30S" | "PT1M" | "PT5M" | "PT15M" | "PT1H" | "P1D";

interface ChartBase<Metric extends string> {
  /** Identifies the chart within its dashboard. While the key stays, a new title keeps the chart's UUID and URL. */
  readonly key: string;
  readonly title: string;
  readonly metric: Metric;
  /** Width in Superset's grid of 12 columns. */
  readonly width: number;
  /** Superset's time range, such as "Last hour" or "Last 7 days", which ends now. Default: the dashboard's. */
  readonly timeRange?: string;
}

export interface PieChart<Dimension extends string, Metric extends string>
  extends ChartBase<Metric> {
  readonly kind: "pie";
  readonly dimension: Dimension;
}

export interface TimeSeriesChart<Dimension extends string, Metric extends string>
  extends ChartBase<Metric> {
  /** `bar`: bars stacked over time; `line`: straight lines; `smooth-line`: curves. */
  readonly kind: "bar" | "line" | "smooth-line";
  /** One series for each of its values. Default: a single series. */
  readonly dimension?: Dimension;
  /** Default: PT1M. */
  readonly timeGrain?: TimeGrain;
  /** Whether bars are drawn on top of each other. Default: false. */
  readonly stacked?: boolean;
  /** Whether each point's value is written beside it. Default: false. */
  readonly showValues?: boolean;
  readonly xAxisTitle?: string;
  readonly yAxisTitle?: string;
}

export interface BigNumberChart<Metric extends string> extends ChartBase<Metric> {
  /** `big-number-trend` draws the metric over time below the number. */
  readonly kind: "big-number" | "big-number-trend";
  /** Of the trend. Default: PT1M. */
  readonly timeGrain?: TimeGrain;
  readonly subtitle?: string;
}

export type Chart<Dimension extends string = string, Metric extends string = string> =
  | PieChart<Dimension, Metric>
  | TimeSeriesChart<Dimension, Metric>
  | BigNumberChart<Metric>;

export interface Dashboard<
  Dimension extends string = string,
  Metric extends string = string,
  Value extends string = string,
> {
  readonly title: string;
  /** The path below /superset/dashboard/. Default: the stream's name. */
  readonly slug?: string;
  /** How often an open dashboard asks for new data, in seconds. Default: 10. */
  readonly refreshSeconds?: number;
  /** Superset's time range of the charts that name none. Default: "No filter". */
  readonly timeRange?: string;
  /** Fixed colours, as #rrggbb, for the values of `dimension.oneOf` fields. */
  readonly colors?: Readonly<Partial<Record<Value, string>>>;
  /** The charts: rows from top to bottom, each from left to right. */
  readonly rows: readonly (readonly Chart<Dimension, Metric>[])[];
}
