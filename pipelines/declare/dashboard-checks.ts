/** What of a dashboard's declaration no service would take, or would draw as something else. */
import type { Chart, Dashboard, DimensionFilter, Filter, TimeFilter } from "./dashboard";
import type { EventFields } from "./fields";
import type { Metric } from "./metrics";
import { vizTypes } from "./viz-types";

interface Declaration {
  readonly event: EventFields;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly dashboard?: Dashboard;
}

interface OfStream {
  readonly stream: Pick<Declaration, "event" | "metrics">;
}

interface SharedDeclaration extends Omit<Dashboard, "rows" | "filters"> {
  readonly name: string;
  readonly rows: readonly (readonly (Chart & OfStream)[])[];
  readonly filters?: readonly (TimeFilter | (DimensionFilter<string> & OfStream))[];
}

type Problems = string[];

/** As a person reads a list of names. */
export const listed = (names: readonly string[]) => names.join(", ") || "none";

/** Own properties only: every object has a `constructor`. */
export const at = <T>(named: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(named, name) ? named[name] : undefined;

/** All that is wrong with the stream's dashboard. */
export function dashboardProblems({ event, metrics, dashboard }: Declaration): Problems {
  if (dashboard === undefined) return [];
  return [
    ...layoutProblems(dashboard, [event]),
    ...filterProblems(dashboard.filters ?? [], () => event),
    ...dashboard.rows.flat().flatMap((chart) => chartProblems(chart, event, metrics)),
  ];
}

/** All that is wrong with a dashboard of several streams. */
export function sharedDashboardProblems(dashboard: SharedDeclaration): Problems {
  const charts = dashboard.rows.flat();
  const events = charts.map(({ stream }) => stream.event);
  return [
    ...(nameRule.test(dashboard.name) ? [] : [nameProblem]),
    ...layoutProblems(dashboard, events),
    ...filterProblems(dashboard.filters ?? [], (filter) =>
      filter.kind === "time" ? {} : filter.stream.event,
    ),
    ...charts.flatMap((chart) => chartProblems(chart, chart.stream.event, chart.stream.metrics)),
  ];
}

/** Kubernetes' names and labels end in a letter or digit. */
export const nameRule = /^[a-z]([a-z0-9_-]{0,61}[a-z0-9])?$/;
export const nameProblem =
  "a name is a lower-case letter and then letters, digits, - or _, 63 at most, with a letter or digit at its end";

type Layout = Pick<Dashboard, "title" | "slug" | "colors" | "rows">;

function layoutProblems(
  { title, slug, colors = {}, rows }: Layout,
  events: readonly EventFields[],
): Problems {
  const problems = titleProblems("dashboard.title", title, 500);
  // A path of digits, or a UUID, is another dashboard's number or UUID to Superset.
  if (
    slug !== undefined &&
    !/^(?!\d+$|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$)[a-z0-9][a-z0-9_-]{0,254}$/.test(slug)
  ) {
    problems.push(
      `dashboard.slug must be 1 to 255 lower-case letters, digits, _ and -, not begin with _ or -, and be no number or UUID, is "${slug}"`,
    );
  }
  const fields = events.flatMap((event) => Object.values(event));
  const values = fields.flatMap((field) =>
    field.role === "dimension" ? (field.values ?? []).map(String) : [],
  );
  const strange = Object.keys(colors).filter((value) => !values.includes(value));
  if (strange.length > 0) {
    problems.push(`dashboard.colors has ${listed(strange)}, which no dimension.oneOf field has`);
  }
  const keys = rows.flat().map((chart) => chart.key);
  for (const key of new Set(keys.filter((one, index) => keys.indexOf(one) !== index))) {
    problems.push(`two charts have the key "${key}"`);
  }
  const wide = rows.findIndex((row) => row.reduce((sum, { width }) => sum + width, 0) > 12);
  if (wide >= 0) problems.push(`row ${wide + 1} of the dashboard is wider than 12 columns`);
  return problems;
}

function titleProblems(about: string, title: string, longest: number): Problems {
  return title.trim() !== "" && title.length <= longest
    ? []
    : [`${about} must have 1 to ${longest} characters, has ${title.trim().length}`];
}

function filterProblems<F extends Filter>(
  filters: readonly F[],
  eventOf: (filter: F) => EventFields,
): Problems {
  const problems: Problems = [];
  if (filters.filter(({ kind }) => kind === "time").length > 1) {
    problems.push("dashboard.filters has two filters of the time, and there can be one");
  }
  const names = filters.flatMap((filter) => (filter.kind === "dimension" ? filter.dimension : []));
  for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index))) {
    problems.push(`dashboard.filters has two filters of "${name}"`);
  }
  for (const filter of filters) {
    if (filter.kind === "time") continue;
    const { dimension, multiple = true, default: values = [] } = filter;
    const about = `the filter of "${dimension}"`;
    problems.push(...dimensionProblems(about, dimension, eventOf(filter)));
    if (!multiple && values.length > 1) {
      problems.push(`${about} has ${values.length} values at first, and takes one`);
    }
  }
  return problems;
}

function dimensionProblems(about: string, name: string, event: EventFields): Problems {
  if (at(event, name)?.role === "dimension") return [];
  const all = Object.keys(event).filter((one) => event[one]?.role === "dimension");
  return [`${about} has no dimension "${name}"; there are ${listed(all)}`];
}

/** The names of fields and metrics that a chart uses. */
function namesOf(chart: Chart): { metrics: readonly string[]; dimensions: readonly string[] } {
  const present = (names: readonly (string | undefined)[]) =>
    names.filter((name) => name !== undefined);
  switch (chart.kind) {
    case "table":
      return chart;
    case "superset":
      return { metrics: chart.metrics, dimensions: chart.dimensions ?? [] };
    case "mixed": {
      const { left, right } = chart;
      return {
        metrics: [left.metric, right.metric],
        dimensions: present([left.dimension, right.dimension]),
      };
    }
    case "heatmap":
      return { metrics: [chart.metric], dimensions: present([chart.x, chart.y]) };
    case "histogram":
      return { metrics: [], dimensions: present([chart.dimension]) };
    default:
      return {
        metrics: [chart.metric],
        dimensions: present(["dimension" in chart ? chart.dimension : undefined]),
      };
  }
}

function chartProblems(
  chart: Chart,
  event: EventFields,
  metrics: Declaration["metrics"],
): Problems {
  const { key, title, width, rowLimit } = chart;
  const about = `chart "${key}"`;
  const problems = titleProblems(`the title of ${about}`, title, 250);
  if (!/^[a-zA-Z0-9_-]{1,63}$/.test(key)) {
    problems.push(`the key of ${about} must be 1 to 63 letters, digits, _ and -`);
  }
  const names = namesOf(chart);
  for (const metric of names.metrics.filter((name) => !Object.hasOwn(metrics, name))) {
    problems.push(`${about} has no metric "${metric}"; there are ${listed(Object.keys(metrics))}`);
  }
  const where = Object.entries(chart.where ?? {});
  const dimensions = [...names.dimensions, ...where.map(([name]) => name)];
  problems.push(...dimensions.flatMap((name) => dimensionProblems(about, name, event)));
  for (const [name] of where.filter(([, values]) => values?.length === 0)) {
    problems.push(`${about} draws no value of "${name}": its list in where is empty`);
  }
  if (!(Number.isInteger(width) && width >= 1 && width <= 12)) {
    problems.push(`the width of ${about} must be a whole number from 1 to 12, is ${width}`);
  }
  // Superset reads no more than SQL_MAX_ROW, whatever a chart asks for.
  if (rowLimit !== undefined && !isWithin(rowLimit, 1, 100_000)) {
    problems.push(
      `the rowLimit of ${about} must be a whole number from 1 to 100000, is ${rowLimit}`,
    );
  }
  return [...problems, ...kindProblems(about, chart, event)];
}

function kindProblems(about: string, chart: Chart, event: EventFields): Problems {
  if (chart.kind === "table" && chart.metrics.length === 0) return [`${about} has no metric`];
  if (chart.kind === "gauge" && chart.min !== undefined && chart.max !== undefined) {
    return chart.min < chart.max
      ? []
      : [`${about} has a scale from ${chart.min} to ${chart.max}: min must be the lower one`];
  }
  if (chart.kind === "histogram") return histogramProblems(about, chart, event);
  if (chart.kind === "superset" && !vizTypes.includes(chart.vizType)) {
    return [
      `${about} has the vizType "${chart.vizType}", which Superset cannot draw; it has ${listed(vizTypes)}`,
    ];
  }
  return [];
}

function histogramProblems(
  about: string,
  { field, bins = 1 }: { readonly field: string; readonly bins?: number },
  event: EventFields,
): Problems {
  const problems: Problems = [];
  if (at(event, field)?.role !== "measure") {
    const all = Object.keys(event).filter((name) => event[name]?.role === "measure");
    problems.push(`${about} has no measure "${field}"; there are ${listed(all)}`);
  }
  if (!isWithin(bins, 1, 100)) {
    problems.push(`the bins of ${about} must be a whole number from 1 to 100, is ${bins}`);
  }
  return problems;
}

const isWithin = (value: number, least: number, most: number) =>
  Number.isInteger(value) && value >= least && value <= most;
