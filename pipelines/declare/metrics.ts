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
  readonly aggregate: "sum" | "min" | "max" | "avg" | "count-distinct";
  readonly field: Name;
}

export interface CountMetric extends MetricOptions {
  readonly aggregate: "count";
}

export type Metric<Name extends string = string> = FieldMetric<Name> | CountMetric;

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
export const countDistinct = of("count-distinct");
/** The number of events. */
export const count = (options: MetricOptions = {}): CountMetric => ({
  aggregate: "count",
  ...options,
});
