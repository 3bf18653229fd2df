/**
 * What a stream says of its dashboard: which charts, of which fields and metrics, in which rows. Names are typed by
 * the stream, so that a field renamed in one place only is an error of the compiler.
 */

/** Superset's names of ISO-8601 durations that time is cut into. */
export type TimeGrain = "PT1S" | "PT5S" | "PT30S" | "PT1M" | "PT5M" | "PT15M" | "PT1H" | "P1D";

interface ChartBase<Metric extends string> {
  /** Identity of the chart within its dashboard: it keeps its UUID and URL while the title changes. */
  readonly key: string;
  readonly title: string;
  readonly metric: Metric;
  /** Width in Superset's grid of 12 columns. */
  readonly width: number;
  /** Superset's time range, such as "Last hour"; default: the dashboard's. */
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
  /** One series for each of its values; default: one series. */
  readonly dimension?: Dimension;
  readonly timeGrain?: TimeGrain;
  /** Bars on top of each other; default false. */
  readonly stacked?: boolean;
  /** Each point's value written beside it; default false. */
  readonly showValues?: boolean;
  readonly xAxisTitle?: string;
  readonly yAxisTitle?: string;
}

export interface BigNumberChart<Metric extends string> extends ChartBase<Metric> {
  /** `big-number-trend` draws the metric over time below the number. */
  readonly kind: "big-number" | "big-number-trend";
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
  /** The path below /superset/dashboard/; default: the stream's name. */
  readonly slug?: string;
  /** How often an open dashboard asks for new data, in seconds; default 10. */
  readonly refreshSeconds?: number;
  /** Superset's time range of the charts that name none; default "No filter". */
  readonly timeRange?: string;
  /** Fixed colours, as #rrggbb, of the values of enumerated dimensions. */
  readonly colors?: Readonly<Partial<Record<Value, string>>>;
  /** The charts, row by row, left to right. */
  readonly rows: readonly (readonly Chart<Dimension, Metric>[])[];
}
