/** Charts over time: bars, lines, areas, points, and two of these with an axis each. */
import type { JsonObject, MixedChart, MixedSeries, TimeSeriesChart } from "../declare/dashboard";
import {
  type ChartBasis,
  colorScheme,
  currency,
  numberFormat,
  timeColumn,
  timeFormat,
  timeName,
  tooltipFormat,
} from "./chart-query";

type TimeSeries = TimeSeriesChart<string, string>;

/**
 * ECharts options that keep labels apart. Without them, Superset labels the end of the time axis even if that label covers
 * the one before, cuts off a last label at the edge, and writes the first point's value over the other axis.
 */
const labelSpacing = {
  grid: { right: 40 },
  xAxis: { axisLabel: { showMaxLabel: false, hideOverlap: true } },
  yAxis: { axisLabel: { margin: 18 } },
};

const vizNames = {
  bar: "echarts_timeseries_bar",
  line: "echarts_timeseries_line",
  "smooth-line": "echarts_timeseries_smooth",
  area: "echarts_area",
  scatter: "echarts_timeseries_scatter",
};

const series = ({ dimension }: { readonly dimension?: string }): string[] =>
  dimension === undefined ? [] : [dimension];

export function timeSeries(chart: TimeSeries, { metrics, params, query }: ChartBasis) {
  return {
    vizType: vizNames[chart.kind],
    params: { ...params, ...timeSeriesParams(chart, metrics) },
    queries: [
      query({
        columns: [timeColumn(chart.timeGrain), ...series(chart)],
        series_columns: series(chart),
        metrics: [chart.metric],
        orderby: [[chart.metric, false]],
      }),
    ],
  };
}

function timeSeriesParams(chart: TimeSeries, metrics: ChartBasis["metrics"]): JsonObject {
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
    markerSize: chart.kind === "scatter" ? 8 : 5,
    x_axis_title: chart.xAxisTitle ?? "",
    x_axis_title_margin: chart.xAxisTitle === undefined ? 0 : 30,
    y_axis_title: chart.yAxisTitle ?? "",
    y_axis_title_margin: chart.yAxisTitle === undefined ? 0 : 55,
    y_axis_title_position: "Left",
    x_axis_time_format: timeFormat(chart.timeGrain),
    echart_options: JSON.stringify(labelSpacing),
    tooltipTimeFormat: tooltipFormat(chart.timeGrain),
    y_axis_format: numberFormat(metrics, chart.metric),
    ...currency(metrics, chart.metric),
    rich_tooltip: true,
    show_legend: true,
    legendOrientation: "top",
    legendType: "scroll",
    // Values are written above their points, so the legend needs a distance from the highest one.
    ...(chart.showValues ? { legendMargin: 45 } : {}),
  };
}

/** Superset's names for what a series is drawn as. */
const seriesTypes = { bar: "bar", line: "line", "smooth-line": "smooth", scatter: "scatter" };

export function mixed(chart: MixedChart<string, string>, { metrics, params, query }: ChartBasis) {
  const { left, right, timeGrain } = chart;
  const { adhoc_filters = [], row_limit = 0 } = params;
  return {
    vizType: "mixed_timeseries",
    params: {
      ...params,
      adhoc_filters_b: adhoc_filters,
      row_limit_b: row_limit,
      ...mixedParams(chart),
      y_axis_format: numberFormat(metrics, left.metric),
      y_axis_format_secondary: numberFormat(metrics, right.metric),
      ...currency(metrics, left.metric),
      ...currency(metrics, right.metric, "currency_format_secondary"),
    },
    queries: [left, right].map((one) =>
      query({
        columns: [timeColumn(timeGrain), ...series(one)],
        series_columns: series(one),
        metrics: [one.metric],
        orderby: [[one.metric, false]],
      }),
    ),
  };
}

function mixedParams({ left, right, timeGrain }: MixedChart<string, string>): JsonObject {
  return {
    color_scheme: colorScheme,
    x_axis: timeName,
    time_grain_sqla: timeGrain ?? "PT1M",
    ...seriesParams(left, ""),
    ...seriesParams(right, "_b"),
    seriesType: seriesTypes[left.draw],
    seriesTypeB: seriesTypes[right.draw],
    yAxisIndex: 0,
    yAxisIndexB: 1,
    markerEnabled: left.draw !== "bar",
    markerEnabledB: right.draw !== "bar",
    y_axis_title: left.axisTitle ?? "",
    // Superset writes the title of the right axis above it, where else the legend is.
    y_axis_title_margin: left.axisTitle === undefined ? 0 : 15,
    y_axis_title_position: "Top",
    yAxisTitleSecondary: right.axisTitle ?? "",
    x_axis_time_format: timeFormat(timeGrain),
    tooltipTimeFormat: tooltipFormat(timeGrain),
    rich_tooltip: true,
    show_legend: true,
    legendOrientation: "bottom",
    legendType: "scroll",
  };
}

function seriesParams(one: MixedSeries<string, string>, suffix: string): JsonObject {
  return {
    [`metrics${suffix}`]: [one.metric],
    [`groupby${suffix}`]: series(one),
    [`order_desc${suffix}`]: true,
    [`truncate_metric${suffix}`]: true,
  };
}
