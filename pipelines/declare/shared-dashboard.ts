/** A dashboard of several streams: each chart, and each filter of a dimension, names its stream by `on`. */
import type { Chart, Dashboard, DimensionFilter, TimeFilter } from "./dashboard";
import { sharedDashboardProblems } from "./dashboard-checks";
import type { DimensionName, EnumeratedName, EventFields, MeasureName } from "./fields";
import type { Metrics } from "./options";
import type { Stream } from "./stream";

/** What belongs to a stream. */
export interface OfStream {
  readonly stream: Stream;
}

export type PlacedChart = Chart & OfStream;
export type PlacedFilter = TimeFilter | (DimensionFilter<string> & OfStream);

export interface SharedDashboardOptions extends Omit<Dashboard, "rows" | "filters"> {
  /** Names every registration, as a stream's name does. No stream may have it. */
  readonly name: string;
  readonly rows: readonly (readonly PlacedChart[])[];
  /** A filter of a dimension holds for the charts of each stream that has a field of its name. Default: none. */
  readonly filters?: readonly PlacedFilter[];
}

export interface SharedDashboard extends SharedDashboardOptions {
  readonly kind: "dashboard";
  readonly slug: string;
}

/** Says of a chart, or of a filter of a dimension, whose fields and metrics it names: `on(orders, { kind: "pie", … })`. */
export function on<
  E extends EventFields,
  M extends Metrics<E>,
  Each extends EnumeratedName<E>,
  const Part extends
    | Chart<DimensionName<E>, keyof M & string, MeasureName<E>>
    | DimensionFilter<DimensionName<E>>,
>(stream: Stream<E, M, Each>, part: Part): Part & OfStream {
  return { ...part, stream };
}

/**
 * Declares a dashboard of several streams. A file in `pipelines/` exports it, as a stream.
 *
 * @throws Error with all that Superset would refuse, or that no stream declares
 */
export function defineDashboard(options: SharedDashboardOptions): SharedDashboard {
  const problems = sharedDashboardProblems(options);
  if (problems.length > 0) {
    throw new Error(problems.map((one) => `dashboard "${options.name}": ${one}`).join("\n"));
  }
  return { ...options, kind: "dashboard", slug: options.slug ?? options.name };
}

/** The dashboard of a stream alone, as one of several; undefined where it has none. */
export function sharedDashboard(source: Stream | SharedDashboard): SharedDashboard | undefined {
  if (source.kind === "dashboard") return source;
  const { name, dashboard } = source;
  if (dashboard === undefined) return undefined;
  return {
    ...dashboard,
    kind: "dashboard",
    name,
    slug: dashboard.slug ?? name,
    rows: dashboard.rows.map((row) => row.map((chart) => ({ ...chart, stream: source }))),
    filters: dashboard.filters?.map((filter) =>
      filter.kind === "time" ? filter : { ...filter, stream: source },
    ),
  };
}
