/**
 * What a stream declares about its dashboard: which charts, of which fields and metrics, in which rows. The names of
 * fields and metrics are typed by the stream, so that a field that is renamed in only one place does not compile.
 */

/** The length of the intervals of a time axis, as ISO-8601 durations that Superset knows. */
export type TimeGrain = "PT1S" | "PT5S" | "PT30S" | "PT1M" | "PT5M" | "PT15M" | "PT1H" | "P1D";

interface Placed<Dimension extends string> {
  /** Identifies the chart within its dashboard. While the key stays, a new title keeps the chart's UUID and URL. */
  readonly key: string;
  readonly title: string;
  /** Width in Superset's grid of 12 columns. */
  readonly width: number;
  /** Superset's time range, such as "Last hour" or "Last 7 days", which ends now. Default: the dashboard's. */
  readonly timeRange?: string;
  /** Maximum number of rows of its query. Superset warns beside the title when it cuts. Default: 10,000. */
  readonly rowLimit?: number;
  /** The only values of a dimension that it draws: `{ channel: ["web"] }`. Default: all. */
  readonly where?: Readonly<Partial<Record<Dimension, readonly (string | number)[]>>>;
}

interface ChartBase<Dimension extends string, Metric extends string> extends Placed<Dimension> {
  readonly metric: Metric;
}

export interface PieChart<Dimension extends string, Metric extends string>
  extends ChartBase<Dimension, Metric> {
  readonly kind: "pie";
  readonly dimension: Dimension;
}

export interface TimeSeriesChart<Dimension extends string, Metric extends string>
  extends ChartBase<Dimension, Metric> {
  /** `line`: straight lines; `smooth-line`: curves; `area`: filled below the line; `scatter`: points. */
  readonly kind: "bar" | "line" | "smooth-line" | "area" | "scatter";
  /** One series for each of its values. Default: a single series. */
  readonly dimension?: Dimension;
  /** Default: PT1M. */
  readonly timeGrain?: TimeGrain;
  /** Whether bars or areas are drawn on top of each other. Default: false. */
  readonly stacked?: boolean;
  /** Whether each point's value is written beside it. Default: false. */
  readonly showValues?: boolean;
  readonly xAxisTitle?: string;
  readonly yAxisTitle?: string;
}

export interface BigNumberChart<Dimension extends string, Metric extends string>
  extends ChartBase<Dimension, Metric> {
  /** `big-number-trend` draws the metric over time below the number. */
  readonly kind: "big-number" | "big-number-trend";
  /** Of the trend. Default: PT1M. */
  readonly timeGrain?: TimeGrain;
  readonly subtitle?: string;
}

export interface TableChart<Dimension extends string, Metric extends string>
  extends Placed<Dimension> {
  readonly kind: "table";
  /** A row for each combination of their values. */
  readonly dimensions: readonly Dimension[];
  /** A column each. Rows are sorted by the first, the highest on top. */
  readonly metrics: readonly Metric[];
}

export interface HeatmapChart<Dimension extends string, Metric extends string>
  extends ChartBase<Dimension, Metric> {
  readonly kind: "heatmap";
  /** Across. Default: the time, in intervals of `timeGrain`. */
  readonly x?: Dimension;
  readonly y: Dimension;
  /** Default: PT1M. */
  readonly timeGrain?: TimeGrain;
  /** Whether each cell's value is written in it. Default: false. */
  readonly showValues?: boolean;
}

export interface GaugeChart<Dimension extends string, Metric extends string>
  extends ChartBase<Dimension, Metric> {
  readonly kind: "gauge";
  /** A pointer for each of its values. Default: a single one. */
  readonly dimension?: Dimension;
  /** The ends of the scale. Default: 0, and twice the highest value. */
  readonly min?: number;
  readonly max?: number;
}

export interface HistogramChart<Dimension extends string, Measure extends string>
  extends Placed<Dimension> {
  readonly kind: "histogram";
  /** The measure whose values are counted. */
  readonly field: Measure;
  /** Number of intervals of equal width. Default: 10. */
  readonly bins?: number;
  /** A colour for each of its values. Default: a single one. */
  readonly dimension?: Dimension;
}

export interface FunnelChart<Dimension extends string, Metric extends string>
  extends ChartBase<Dimension, Metric> {
  readonly kind: "funnel";
  /** The steps, drawn from the one of the highest value to the one of the lowest. */
  readonly dimension: Dimension;
}

/** One of the two series of a mixed chart. */
export interface MixedSeries<Dimension extends string, Metric extends string> {
  readonly draw: "bar" | "line" | "smooth-line" | "scatter";
  readonly metric: Metric;
  /** One series for each of its values. Default: a single series. */
  readonly dimension?: Dimension;
  readonly axisTitle?: string;
}

export interface MixedChart<Dimension extends string, Metric extends string>
  extends Placed<Dimension> {
  readonly kind: "mixed";
  /** Measured at the left axis. */
  readonly left: MixedSeries<Dimension, Metric>;
  /** Measured at the right axis. */
  readonly right: MixedSeries<Dimension, Metric>;
  /** Default: PT1M. */
  readonly timeGrain?: TimeGrain;
}

/** JSON without nulls, because state files drop those. */
export type Json = boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Any chart of Superset's, by its own names. `up` asks Superset for its data before it stores the chart. */
export interface SupersetChart<Dimension extends string, Metric extends string>
  extends Placed<Dimension> {
  readonly kind: "superset";
  /** Superset's name of the plugin that draws it, such as `treemap_v2`. */
  readonly vizType: string;
  /** Superset's form data of that plugin; what is said here has precedence over what is derived. */
  readonly params: JsonObject;
  /** What its query groups by. Default: nothing. */
  readonly dimensions?: readonly Dimension[];
  readonly metrics: readonly Metric[];
  /** Groups by the time too, in these intervals. Default: it does not. */
  readonly timeGrain?: TimeGrain;
  /** Superset's query objects, each with only what differs from what is derived. Default: one, as derived. */
  readonly queries?: readonly JsonObject[];
}

export type Chart<
  Dimension extends string = string,
  Metric extends string = string,
  Measure extends string = string,
> =
  | PieChart<Dimension, Metric>
  | TimeSeriesChart<Dimension, Metric>
  | BigNumberChart<Dimension, Metric>
  | TableChart<Dimension, Metric>
  | HeatmapChart<Dimension, Metric>
  | GaugeChart<Dimension, Metric>
  | HistogramChart<Dimension, Measure>
  | FunnelChart<Dimension, Metric>
  | MixedChart<Dimension, Metric>
  | SupersetChart<Dimension, Metric>;

interface FilterBase {
  /** What people read. Default: "Time range", or the dimension's label. */
  readonly title?: string;
}

/** Lets people choose the time range of all charts. */
export interface TimeFilter extends FilterBase {
  readonly kind: "time";
  /** The range at first. Default: each chart's own. */
  readonly default?: string;
}

/** Lets people choose values of a dimension. */
export interface DimensionFilter<Dimension extends string> extends FilterBase {
  readonly kind: "dimension";
  readonly dimension: Dimension;
  /** Whether several values can be chosen. Default: true. */
  readonly multiple?: boolean;
  /** The values at first. Default: none, which shows all. */
  readonly default?: readonly string[];
}

export type Filter<Dimension extends string = string> = TimeFilter | DimensionFilter<Dimension>;

export interface Dashboard<
  Dimension extends string = string,
  Metric extends string = string,
  Value extends string = string,
  Measure extends string = string,
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
  readonly rows: readonly (readonly Chart<Dimension, Metric, Measure>[])[];
  /** What people choose in the bar above the charts; it holds for all of them. Default: none. */
  readonly filters?: readonly Filter<Dimension>[];
  /** Whether a click on a value in one chart filters the others by it. Default: true. */
  readonly crossFilter?: boolean;
}
