/** The charts of a stream's dashboard, as Superset has them: form data, and the queries of its query context. */
import type { BigNumberChart, Chart, PieChart, TimeSeriesChart } from "../declare/dashboard";
import type { Metric } from "../declare/metrics";
import { PROBE_FIELD, type Stream } from "../declare/stream";

/** What `JSON.stringify` gives back as it was; no nulls, which state files drop. */
type Json = boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json;
}

/** One chart of Superset. The dataset's number is not in it: it is known only once the dataset exists. */
export interface ChartSpec {
  readonly key: string;
  readonly sliceName: string;
  readonly vizType: string;
  readonly params: JsonObject;
  readonly queries: readonly JsonObject[];
}

/** Druid's column of time. */
const TIME = "__time";
/** All rows that a chart may show: 4 series of 5 s over an hour are 2,880. */
const ROW_LIMIT = 10_000;
const COLOR_SCHEME = "supersetColors";
/**
 * ECharts options that keep labels apart: Superset labels the end of the time axis even where the label before it stands
 * in the way, cuts a last label that reaches over the edge, and writes the first point's value over the other axis.
 */
const ROOM_FOR_LABELS = {
  grid: { right: 40 },
  xAxis: { axisLabel: { showMaxLabel: false } },
  yAxis: { axisLabel: { margin: 18 } },
};

/** All charts of the stream's dashboard, row by row; none where it has no dashboard. */
export function chartSpecs(stream: Stream): ChartSpec[] {
  return (stream.dashboard?.rows ?? []).flat().map((chart) => chartSpec(stream, chart));
}

function chartSpec(stream: Stream, chart: Chart): ChartSpec {
  const range = timeRange(chart.timeRange ?? stream.dashboard?.timeRange);
  const shared = { key: chart.key, sliceName: chart.title };
  const filters = queryFilters(range);
  const params = { adhoc_filters: adhocFilters(range), row_limit: ROW_LIMIT };
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
 * Superset's time ranges end at midnight unless they say otherwise, and "Last hour" at an hour of its own: the ranges
 * of live data end now.
 */
export function timeRange(range: string | undefined): string | undefined {
  if (range === undefined || range === "No filter") {
    return undefined;
  }
  const live = /^last (?:(\d+) )?(second|minute|hour)s?$/i.exec(range);
  if (live === null) {
    return range;
  }
  const [, count = "1", unit = ""] = live;
  return `DATEADD(DATETIME("now"), -${count}, ${unit.toLowerCase()}) : now`;
}

/** Probe events are for `make verify` alone, so that no chart shows them. */
function queryFilters(range: string | undefined): JsonObject[] {
  return [
    { col: PROBE_FIELD, op: "IS NULL" },
    ...(range === undefined ? [] : [{ col: TIME, op: "TEMPORAL_RANGE", val: range }]),
  ];
}

/** The same filters as the chart's own page edits them. */
function adhocFilters(range: string | undefined): JsonObject[] {
  const simple = { clause: "WHERE", expressionType: "SIMPLE" };
  return [
    { ...simple, subject: PROBE_FIELD, operator: "IS NULL", operatorId: "IS_NULL" },
    ...(range === undefined
      ? []
      : [{ ...simple, subject: TIME, operator: "TEMPORAL_RANGE", comparator: range }]),
  ];
}

function query(filters: readonly JsonObject[], more: JsonObject): JsonObject {
  return {
    filters,
    extras: { having: "", where: "" },
    row_limit: ROW_LIMIT,
    order_desc: true,
    ...more,
  };
}

/** The axis of time, cut into grains by Druid. */
function timeColumn(timeGrain = "PT1M"): JsonObject {
  return {
    columnType: "BASE_AXIS",
    expressionType: "SQL",
    label: TIME,
    sqlExpression: TIME,
    timeGrain,
  };
}

function format(metrics: Readonly<Record<string, Metric>>, metric: string): string {
  return metrics[metric]?.format ?? "SMART_NUMBER";
}

function pieParams(chart: PieChart<string, string>, metrics: Stream["metrics"]): JsonObject {
  return {
    color_scheme: COLOR_SCHEME,
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
    // A slice below so many percent is not labelled.
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
    x_axis: TIME,
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

function timeSeriesParams(
  chart: TimeSeriesChart<string, string>,
  metrics: Stream["metrics"],
): JsonObject {
  return {
    color_scheme: COLOR_SCHEME,
    x_axis: TIME,
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
    x_axis_time_format: "%H:%M:%S",
    echart_options: JSON.stringify(ROOM_FOR_LABELS),
    tooltipTimeFormat: "%H:%M:%S",
    y_axis_format: format(metrics, chart.metric),
    rich_tooltip: true,
    show_legend: true,
    legendOrientation: "top",
    legendType: "scroll",
    // A value stands above its point, and above the highest one is the legend.
    ...(chart.showValues ? { legendMargin: 45 } : {}),
  };
}
