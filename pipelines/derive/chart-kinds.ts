/** Charts that have no time axis: shares, numbers, tables, maps of heat, gauges, histograms and funnels. */
import type {
  BigNumberChart,
  FunnelChart,
  GaugeChart,
  HeatmapChart,
  HistogramChart,
  JsonObject,
  PieChart,
  SupersetChart,
  TableChart,
} from "../declare/dashboard";
import {
  type ChartBasis,
  colorScheme,
  currency,
  numberFormat,
  timeColumn,
  timeFormat,
  timeName,
} from "./chart-query";

export function pie(chart: PieChart<string, string>, { metrics, params, query }: ChartBasis) {
  return {
    vizType: "pie",
    params: { ...params, ...pieParams(chart, metrics) },
    queries: [byDimension(chart, query)],
  };
}

/** The metric of each value of the dimension, the highest first. */
function byDimension(
  { dimension, metric }: { readonly dimension?: string; readonly metric: string },
  query: ChartBasis["query"],
): JsonObject {
  return query({
    columns: dimension === undefined ? [] : [dimension],
    metrics: [metric],
    orderby: [[metric, false]],
  });
}

export function bigNumber(
  chart: BigNumberChart<string, string>,
  { metrics, params, query }: ChartBasis,
) {
  const number = { ...params, ...numberParams(chart, metrics) };
  if (chart.kind === "big-number") {
    return {
      vizType: "big_number_total",
      params: number,
      queries: [query({ columns: [], metrics: [chart.metric] })],
    };
  }
  return {
    vizType: "big_number",
    params: { ...number, ...trendParams(chart) },
    queries: [query({ columns: [timeColumn(chart.timeGrain)], metrics: [chart.metric] })],
  };
}

function pieParams(chart: PieChart<string, string>, metrics: ChartBasis["metrics"]): JsonObject {
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
    number_format: numberFormat(metrics, chart.metric),
    ...currency(metrics, chart.metric),
    show_legend: true,
    legendOrientation: "top",
    legendType: "scroll",
  };
}

function numberParams(
  chart: BigNumberChart<string, string>,
  metrics: ChartBasis["metrics"],
): JsonObject {
  return {
    metric: chart.metric,
    y_axis_format: numberFormat(metrics, chart.metric),
    ...currency(metrics, chart.metric),
    header_font_size: 0.4,
    subtitle: chart.subtitle ?? "",
    subtitle_font_size: 0.15,
  };
}

function trendParams(chart: BigNumberChart<string, string>): JsonObject {
  return {
    x_axis: timeName,
    time_grain_sqla: chart.timeGrain ?? "PT1M",
    aggregation: "LAST_VALUE",
    show_trend_line: true,
    start_y_axis_at_zero: true,
    color_picker: { r: 31, g: 119, b: 130, a: 1 },
  };
}

export function table(chart: TableChart<string, string>, { metrics, params, query }: ChartBasis) {
  const [first = ""] = chart.metrics;
  const formats = chart.metrics.map((metric) => {
    const currencyFormat = currency(metrics, metric, "currencyFormat");
    return [metric, { d3NumberFormat: numberFormat(metrics, metric), ...currencyFormat }];
  });
  return {
    vizType: "table",
    params: {
      ...params,
      query_mode: "aggregate",
      groupby: chart.dimensions,
      metrics: chart.metrics,
      timeseries_limit_metric: first,
      order_desc: true,
      show_cell_bars: true,
      column_config: Object.fromEntries(formats),
    },
    queries: [
      query({ columns: chart.dimensions, metrics: chart.metrics, orderby: [[first, false]] }),
    ],
  };
}

export function heatmap(
  chart: HeatmapChart<string, string>,
  { metrics, params, query }: ChartBasis,
) {
  const { x = timeName, y, metric, timeGrain } = chart;
  return {
    vizType: "heatmap_v2",
    params: {
      ...params,
      x_axis: x,
      ...(x === timeName ? { time_grain_sqla: timeGrain ?? "PT1M" } : {}),
      groupby: y,
      metric,
      sort_x_axis: "alpha_asc",
      sort_y_axis: "alpha_asc",
      normalize_across: "heatmap",
      legend_type: "continuous",
      linear_color_scheme: "superset_seq_1",
      xscale_interval: -1,
      yscale_interval: -1,
      left_margin: "auto",
      bottom_margin: "auto",
      x_axis_time_format: timeFormat(timeGrain),
      y_axis_format: numberFormat(metrics, metric),
      ...currency(metrics, metric),
      show_legend: true,
      show_values: chart.showValues ?? false,
    },
    queries: [
      query({ columns: [x === timeName ? timeColumn(timeGrain) : x, y], metrics: [metric] }),
    ],
  };
}

export function gauge(chart: GaugeChart<string, string>, { metrics, params, query }: ChartBasis) {
  return {
    vizType: "gauge_chart",
    params: {
      ...params,
      groupby: chart.dimension === undefined ? [] : [chart.dimension],
      metric: chart.metric,
      sort_by_metric: true,
      ...(chart.min === undefined ? {} : { min_val: chart.min }),
      ...(chart.max === undefined ? {} : { max_val: chart.max }),
      color_scheme: colorScheme,
      start_angle: 225,
      end_angle: -45,
      number_format: numberFormat(metrics, chart.metric),
      ...currency(metrics, chart.metric),
      value_formatter: "{value}",
      font_size: 15,
      show_pointer: true,
      animation: true,
      show_progress: true,
      overlap: true,
      split_number: 5,
    },
    queries: [byDimension(chart, query)],
  };
}

export function histogram(
  chart: HistogramChart<string, string>,
  { event, params, query }: ChartBasis,
) {
  const groupby = chart.dimension === undefined ? [] : [chart.dimension];
  const counting = {
    column: chart.field,
    groupby,
    bins: chart.bins ?? 10,
    cumulative: false,
    normalize: false,
  };
  return {
    vizType: "histogram_v2",
    params: {
      ...params,
      ...counting,
      color_scheme: colorScheme,
      show_legend: groupby.length > 0,
      show_value: false,
      x_axis_title: event[chart.field]?.label ?? chart.field,
      // There is no room for a title: Superset cuts it off.
      y_axis_title: "",
    },
    queries: [
      query({
        columns: [...groupby, chart.field],
        post_processing: [{ operation: "histogram", options: counting }],
      }),
    ],
  };
}

/** Superset's numbers for what is written on a step: 3 is its name and value, 5 its percentage too. */
const labelTypes = { nameAndValue: 3, nameValueAndPercent: 5 };

export function funnel(chart: FunnelChart<string, string>, { metrics, params, query }: ChartBasis) {
  return {
    vizType: "funnel",
    params: {
      ...params,
      groupby: [chart.dimension],
      metric: chart.metric,
      sort_by_metric: true,
      color_scheme: colorScheme,
      percent_calculation_type: "first_step",
      number_format: numberFormat(metrics, chart.metric),
      ...currency(metrics, chart.metric),
      show_labels: true,
      label_type: labelTypes.nameAndValue,
      tooltip_label_type: labelTypes.nameValueAndPercent,
      // It would lie on the first step, and each step has its name.
      show_legend: false,
    },
    queries: [byDimension(chart, query)],
  };
}

/** A chart by Superset's own names. */
export function asDeclared(chart: SupersetChart<string, string>, { params, query }: ChartBasis) {
  const { dimensions = [], metrics, timeGrain } = chart;
  const axis: JsonObject =
    timeGrain === undefined ? {} : { x_axis: timeName, time_grain_sqla: timeGrain };
  const columns = [...(timeGrain === undefined ? [] : [timeColumn(timeGrain)]), ...dimensions];
  return {
    vizType: chart.vizType,
    params: { ...params, groupby: dimensions, metrics, ...axis, ...chart.params },
    queries: (chart.queries ?? [{}]).map((own) => query({ columns, metrics, ...own })),
    isTried: true,
  };
}
