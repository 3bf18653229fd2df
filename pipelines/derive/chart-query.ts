/** What the charts' queries share: the filters, the time axis, the limit, and the format of numbers. */
import type { Chart, JsonObject, TimeGrain } from "../declare/dashboard";
import { probeField } from "../declare/fields";
import type { Metric } from "../declare/metrics";
import type { Stream } from "../declare/stream";

/** Druid's time column. */
export const timeName = "__time";
export const colorScheme = "supersetColors";
/** 4 series of one hour in intervals of 5 s are 2,880 rows. */
const defaultRowLimit = 10_000;

/** What a dashboard says of its charts' time. */
export interface Ranges {
  readonly timeRange?: string;
  readonly filters?: readonly { readonly kind: string }[];
}

/** What each chart has, whatever its kind: form data, and a function that makes its queries. */
export interface ChartBasis {
  readonly metrics: Stream["metrics"];
  readonly event: Stream["event"];
  readonly params: JsonObject;
  query(more: JsonObject): JsonObject;
}

export function chartBasis(
  { metrics, event }: Pick<Stream, "metrics" | "event">,
  dashboard: Ranges,
  chart: Pick<Chart, "timeRange" | "rowLimit" | "where">,
): ChartBasis {
  const own = timeRange(chart.timeRange ?? dashboard.timeRange);
  // A filter of the time takes the place of the chart's own one, so there must be one.
  const isFiltered = dashboard.filters?.some(({ kind }) => kind === "time") ?? false;
  const range = own ?? (isFiltered ? "No filter" : undefined);
  const rowLimit = chart.rowLimit ?? defaultRowLimit;
  const where = Object.entries(chart.where ?? {}).flatMap(([dimension, values]) =>
    values === undefined ? [] : [{ dimension, values }],
  );
  return {
    metrics,
    event,
    params: { adhoc_filters: adhocFilters(range, where), row_limit: rowLimit },
    query: (more) => ({
      filters: queryFilters(range, where),
      extras: { having: "", where: "" },
      row_limit: rowLimit,
      order_desc: true,
      ...more,
    }),
  };
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

type Where = readonly {
  readonly dimension: string;
  readonly values: readonly (string | number)[];
}[];

/** Charts leave out probe events, which are only for `make verify`. */
function queryFilters(range: string | undefined, where: Where): JsonObject[] {
  return [
    { col: probeField, op: "IS NULL" },
    ...where.map(({ dimension, values }) => ({ col: dimension, op: "IN", val: values })),
    ...(range === undefined ? [] : [{ col: timeName, op: "TEMPORAL_RANGE", val: range }]),
  ];
}

/** The same filters in the form that the chart's edit page reads. */
function adhocFilters(range: string | undefined, where: Where): JsonObject[] {
  const simple = { clause: "WHERE", expressionType: "SIMPLE" };
  return [
    { ...simple, subject: probeField, operator: "IS NULL", operatorId: "IS_NULL" },
    ...where.map(({ dimension, values }) => ({
      ...simple,
      subject: dimension,
      operator: "IN",
      operatorId: "IN",
      comparator: values,
    })),
    ...(range === undefined
      ? []
      : [{ ...simple, subject: timeName, operator: "TEMPORAL_RANGE", comparator: range }]),
  ];
}

/** The time axis, in intervals of `timeGrain`. */
export function timeColumn(timeGrain: TimeGrain = "PT1M"): JsonObject {
  return {
    columnType: "BASE_AXIS",
    expressionType: "SQL",
    label: timeName,
    sqlExpression: timeName,
    timeGrain,
  };
}

/** Intervals of a day need no time, those of an hour are shown over days, and those of minutes need no seconds. */
export function timeFormat(timeGrain: TimeGrain = "PT1M"): string {
  if (timeGrain === "P1D") return "%Y-%m-%d";
  if (timeGrain === "PT1H") return "%Y-%m-%d %H:%M";
  return timeGrain.endsWith("S") ? "%H:%M:%S" : "%H:%M";
}

/** Of a value that the mouse points at. Druid keeps times, and begins intervals, in UTC. */
export const tooltipFormat = (timeGrain: TimeGrain = "PT1M"): string =>
  `${timeFormat(timeGrain)} UTC`;

export function numberFormat(metrics: Readonly<Record<string, Metric>>, metric: string): string {
  return metrics[metric]?.format ?? "SMART_NUMBER";
}

/** Form data that names the metric's currency, under the name that the chart's kind has for it. */
export function currency(
  metrics: Readonly<Record<string, Metric>>,
  metric: string,
  name = "currency_format",
): JsonObject {
  const symbol = metrics[metric]?.currency;
  return symbol === undefined ? {} : { [name]: { symbol, symbolPosition: "prefix" } };
}
