/** The charts of a stream's dashboard as Superset stores them: the form data, and the queries of the query context. */
import type { Chart, Dashboard, JsonObject } from "../declare/dashboard";
import type { Stream } from "../declare/stream";
import {
  asDeclared,
  bigNumber,
  funnel,
  gauge,
  heatmap,
  histogram,
  pie,
  table,
} from "./chart-kinds";
import { chartBasis } from "./chart-query";
import { mixed, timeSeries } from "./time-series";

/** One chart of Superset, without the number of its dataset, which is known only when the dataset exists. */
export interface ChartSpec {
  readonly key: string;
  readonly sliceName: string;
  readonly vizType: string;
  readonly params: JsonObject;
  readonly queries: readonly JsonObject[];
  /** Whether its query is tried before it is stored. Default: false. */
  readonly isTried?: boolean;
}

/** All charts of the stream's dashboard, row by row. Empty if the stream has no dashboard. */
export function chartSpecs(stream: Stream): ChartSpec[] {
  const { dashboard } = stream;
  if (dashboard === undefined) return [];
  return dashboard.rows.flat().map((chart) => ({
    key: chart.key,
    sliceName: chart.title,
    ...drawn(stream, dashboard, chart),
  }));
}

function drawn(
  stream: Stream,
  dashboard: Dashboard,
  chart: Chart,
): Omit<ChartSpec, "key" | "sliceName"> {
  const basis = chartBasis(stream, dashboard, chart);
  switch (chart.kind) {
    case "pie":
      return pie(chart, basis);
    case "big-number":
    case "big-number-trend":
      return bigNumber(chart, basis);
    case "table":
      return table(chart, basis);
    case "heatmap":
      return heatmap(chart, basis);
    case "gauge":
      return gauge(chart, basis);
    case "histogram":
      return histogram(chart, basis);
    case "funnel":
      return funnel(chart, basis);
    case "mixed":
      return mixed(chart, basis);
    case "superset":
      return asDeclared(chart, basis);
    default:
      return timeSeries(chart, basis);
  }
}
