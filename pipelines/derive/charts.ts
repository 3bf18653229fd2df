/** The charts of a stream's dashboard as Superset stores them: the form data, and the queries of the query context. */
import type {
  BigNumberChart,
  Chart,
  PieChart,
  TimeGrain,
  TimeSeriesChart,
} from "../declare/dashboard";
import { probeField } from "../declare/fields";
import type { Metric } from "../declare/metrics";
import type { Stream } from "../declare/stream";

/** JSON without nulls, because state files drop those. */
type Json = boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json;
}

/** One chart of Superset, without the number of its dataset, which is known only when the dataset exists. */
export interface ChartSpec {
  readonly key: string;
  readonly sliceName: string;
  readonly vizType: string;
  readonly params: JsonObject;
  readonly queries: readonly JsonObject[];
}

/** Druid's time column. */
const timeName = "__time";
/** Maximum number of rows that a chart may show; 4 series of one hour in intervals of 5 s are 2,880. */
const rowLimit = 10_000;
export const colorScheme = "supersetColors";
/**
 * ECharts options that keep labels apart. Without them, Superset labels the end of the time axis even if that label covers
 * the one before, cuts off a last label at the edge, and writes the first point's value over the other axis.
 */
const labelSpacing = {
  grid: { right: 40 },
  xAxis: { axisLabel: { showMaxLabel: false } },
  yAxis: { axisLabel: { margin: 18 } },
};

/** All charts of the stream's dashboard, row by row. Empty if the stream has no dashboard. */
export function chartSpecs(stream: Stream): ChartSpec[] {
  return (stream.dashboard?.rows ?? []).flat().map((chart) => chartSpec(stream, chart));
}

function chartSpec(stream: Stream, chart: Chart): ChartSpec {
  const range = timeRange(chart.timeRange ?? stream.dashboard?.timeRange);
  const shared = { key: chart.key, sliceName: chart.title };
  const filters = queryFilters(range);
  const params = { adhoc_filters: adhocFilters(range), row_limit: rowLimit };
  switch (chart.kind) {
    case "pie":
      return {
        ...shared,
        vizType: "pie",
        params: { ...params, ...pieParams(chart, stream.metrics) },
        queries: [
          query(filters, {
            columns: [chart.dimension],
            metrics: [chart.metric],
            orderby: [[chart.metric, false]],
          }),
        ],
      };
    case "big-number":
      return {
        ...shared,
        vizType: "big_number_total",
        params: { ...params, ...numberParams(chart, stream.metrics) },
        queries: [query(filters, { columns: [], metrics: [chart.metric] })],
      };
    case "big-number-trend":
      return {
        ...shared,
        vizType: "big_number",
        params: { ...params, ...numberParams(chart, stream.metrics), ...trendParams(chart) },
        queries: [
          query(filters, { columns: [timeColumn(chart.timeGrain)], metrics: [chart.metric] }),
        ],
      };
    default:
      return {
        ...shared,
        vizType: timeSeriesViz(chart),
        params: { ...params, ...timeSeriesParams(chart, stream.metrics) },
        queries: [
          query(filters, {
            columns: [timeColumn(chart.timeGrain), ...series(chart)],
            series_columns: series(chart),
            metrics: [chart.metric],
            orderby: [[chart.metric, false]],
          }),
        ],
      };
  }
}

/**
 * The range as a chart's query has it. In Superset "Last 7 days" ends at the last midnight, and "Last hour" at a full hour.
 * Here both end now, since the data is live.
 */
export function timeRange(range: string | undefined): string | undefined {
  if (range === undefined || range === "No filter") return undefined;
  const live = /^last (?:(\d+) )?(second|minute|hour|day|week|month|quarter|year)s?$/i.exec(range);
  if (live === null) return range;
  const [, count = "1", unit = ""] = live;
  return `DATEADD(DATETIME("now"), -${count}, ${unit.toLowerCase()}) : now`;
}

/** Charts leave out probe events, which are only for `make verify`. */
function queryFilters(range: string | undefined): JsonObject[] {
  return [
    { col: probeField, op: "IS NULL" },
    ...(range === undefined ? [] : [{ col: timeName, op: "TEMPORAL_RANGE", val: range }]),
  ];
}

/** The same filters in the form that the chart's edit page reads. */
function adhocFilters(range: string | undefined): JsonObject[] {
  const simple = { clause: "WHERE", expressionType: "SIMPLE" };
  return [
    { ...simple, subject: probeField, operator: "IS NULL", operatorId: "IS_NULL" },
    ...(range === undefined
      ? []
      : [{ ...simple, subject: timeName, operator: "TEMPORAL_RANGE", comparator: range }]),
  ];
}

function query(filters: readonly JsonObject[], more: JsonObject): JsonObject {
  return {
    filters,
    extras: { having: "", where: "" },
    row_limit: rowLimit,
    order_desc: true,
    ...more,
  };
}

/** The time axis, in intervals of `timeGrain`. */
function timeColumn(timeGrain = "PT1M"): JsonObject {
  return {
    columnType: "BASE_AXIS",
    expressionType: "SQL",
    label: timeName,
    sqlExpression: timeName,
    timeGrain,
  };
}

function format(metrics: Readonly<Record<string, Metric>>, metric: string): string {
  return metrics[metric]?.format ?? "SMART_NUMBER";
}

function pieParams(chart: PieChart<string, string>, metrics: Stream["metrics"]): JsonObject {
  return {
    color_scheme: colorScheme,
    groupby: [chart.dimension],
    metric: chart.metric,
    sort_by_metric: true,
    donut: false,
    innerRadius: 0,
    outerRadius: 70,
    show_labels: true,
    labels_outside: true,
    label_line: true,
    label_type: "key_percent",
    // Slices below this percentage have no label.
    show_labels_threshold: 1,
    number_format: format(metrics, chart.metric),
    show_legend: true,
    legendOrientation: "top",
    legendType: "scroll",
  };
}

function numberParams(chart: BigNumberChart<string>, metrics: Stream["metrics"]): JsonObject {
  return {
    metric: chart.metric,
    y_axis_format: format(metrics, chart.metric),
    header_font_size: 0.4,
    subtitle: chart.subtitle ?? "",
    subtitle_font_size: 0.15,
  };
}

function trendParams(chart: BigNumberChart<string>): JsonObject {
  return {
    x_axis: timeName,
    time_grain_sqla: chart.timeGrain ?? "PT1M",
    aggregation: "LAST_VALUE",
    show_trend_line: true,
    start_y_axis_at_zero: true,
    color_picker: { r: 31, g: 119, b: 130, a: 1 },
  };
}

function timeSeriesViz(chart: TimeSeriesChart<string, string>): string {
  const names = {
    bar: "echarts_timeseries_bar",
    line: "echarts_timeseries_line",
    "smooth-line": "echarts_timeseries_smooth",
  };
  return names[chart.kind];
}

function series(chart: TimeSeriesChart<string, string>): string[] {
  return chart.dimension === undefined ? [] : [chart.dimension];
}

/** Intervals of a day need no time, and those of an hour are shown over days. */
function timeFormat(timeGrain: TimeGrain = "PT1M"): string {
  if (timeGrain === "P1D") return "%Y-%m-%d";
  return timeGrain === "PT1H" ? "%Y-%m-%d %H:%M" : "%H:%M:%S";
}

function timeSeriesParams(
  chart: TimeSeriesChart<string, string>,
  metrics: Stream["metrics"],
): JsonObject {
  return {
    color_scheme: colorScheme,
    x_axis: timeName,
    time_grain_sqla: chart.timeGrain ?? "PT1M",
    metrics: [chart.metric],
    groupby: series(chart),
    order_desc: true,
    truncate_metric: true,
    show_empty_columns: true,
    ...(chart.stacked ? { stack: "Stack" } : {}),
    show_value: chart.showValues ?? false,
    only_total: true,
    markerEnabled: chart.kind !== "bar",
    markerSize: 5,
    x_axis_title: chart.xAxisTitle ?? "",
    x_axis_title_margin: chart.xAxisTitle === undefined ? 0 : 30,
    y_axis_title: chart.yAxisTitle ?? "",
    y_axis_title_margin: chart.yAxisTitle === undefined ? 0 : 55,
    y_axis_title_position: "Left",
    x_axis_time_format: timeFormat(chart.timeGrain),
    echart_options: JSON.stringify(labelSpacing),
    tooltipTimeFormat: timeFormat(chart.timeGrain),
    y_axis_format: format(metrics, chart.metric),
    rich_tooltip: true,
    show_legend: true,
    legendOrientation: "top",
    legendType: "scroll",
    // Values are written above their points, so the legend needs a distance from the highest one.
    ...(chart.showValues ? { legendMargin: 45 } : {}),
  };
}
