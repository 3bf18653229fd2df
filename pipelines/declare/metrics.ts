/** A stream's metrics: named aggregations of its fields, declared once and used by its charts. */

export interface MetricOptions {
  /** The name that people read. Default: the metric's name. */
  readonly label?: string;
  /** A d3 format such as ",.2f", or one of Superset's, such as "DURATION". Default: Superset's SMART_NUMBER. */
  readonly format?: string;
  /** The currency that charts write beside the number, as ISO 4217 names it, such as "EUR". Default: none. */
  readonly currency?: string;
}

export interface FieldMetric<Name extends string = string> extends MetricOptions {
  readonly aggregate: "sum" | "min" | "max" | "avg";
  readonly field: Name;
}

export interface DistinctMetric<Name extends string = string> extends MetricOptions {
  readonly aggregate: "count-distinct";
  readonly field: Name;
  /**
   * `exact` counts every value, and fails rather than answers wrong when they take more than 10 MB. `sketch` is a DataSketches
   * HLL. Default: Druid's own estimate, with an error of about 2 %; of a sketch field, its sketch.
   */
  readonly method?: "exact" | "sketch";
}

export interface QuantileMetric<Name extends string = string> extends MetricOptions {
  readonly aggregate: "quantile";
  readonly field: Name;
  /** Which share of the values is not above the answer: 0.5 is the median. */
  readonly fraction: number;
}

export interface CountMetric extends MetricOptions {
  readonly aggregate: "count";
}

export type Metric<Name extends string = string> =
  | FieldMetric<Name>
  | DistinctMetric<Name>
  | QuantileMetric<Name>
  | CountMetric;

function of(aggregate: FieldMetric["aggregate"]) {
  return <const Name extends string>(
    field: Name,
    options: MetricOptions = {},
  ): FieldMetric<Name> => ({ aggregate, field, ...options });
}

export const sum = of("sum");
export const minimum = of("min");
export const maximum = of("max");
export const average = of("avg");
/** How many different values the field has. */
export const countDistinct = <const Name extends string>(
  field: Name,
  options: MetricOptions & Pick<DistinctMetric, "method"> = {},
): DistinctMetric<Name> => ({ aggregate: "count-distinct", field, ...options });
/** Estimated from a DataSketches quantiles sketch, with an error of about 2 % of the ranks: `quantile("ms", 0.99)`. */
export const quantile = <const Name extends string>(
  field: Name,
  fraction: number,
  options: MetricOptions = {},
): QuantileMetric<Name> => ({ aggregate: "quantile", field, fraction, ...options });
/** The number of events. */
export const count = (options: MetricOptions = {}): CountMetric => ({
  aggregate: "count",
  ...options,
});
