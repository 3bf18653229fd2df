/** The charts of a stream's dashboard as Superset stores them: the form data, and the queries of the query context. */
import type { JsonObject } from "../declare/dashboard";
import {
  type PlacedChart,
  type SharedDashboard,
  sharedDashboard,
} from "../declare/shared-dashboard";
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
import { chartBasis, type Ranges } from "./chart-query";
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

/** All charts of the dashboard, row by row. Empty if the stream has no dashboard. */
export function chartSpecs(source: Stream | SharedDashboard): ChartSpec[] {
  const dashboard = sharedDashboard(source);
  return (dashboard?.rows ?? []).flat().map((chart) => chartSpec(dashboard ?? {}, chart));
}

export function chartSpec(ranges: Ranges, chart: PlacedChart): ChartSpec {
  return { key: chart.key, sliceName: chart.title, ...drawn(ranges, chart) };
}

function drawn(ranges: Ranges, chart: PlacedChart): Omit<ChartSpec, "key" | "sliceName"> {
  const basis = chartBasis(chart.stream, ranges, chart);
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
