/** What a stream's table has: dimensions, and what rows that are rolled up have instead of measures. */
import { type DimensionField, type Field, type MeasureField, probeField } from "../declare/fields";
import type { Stream } from "../declare/stream";
import { identifier, timeExpression, valueExpression } from "./expressions";

export interface DimensionSpec {
  readonly type: "string" | "long" | "double";
  readonly name: string;
}

export interface AggregatorSpec {
  readonly type: string;
  readonly name: string;
  readonly fieldName?: string;
}

export interface TransformSpec {
  readonly transforms: readonly {
    readonly type: "expression";
    readonly name: string;
    readonly expression: string;
  }[];
  readonly filter?: { readonly type: "expression"; readonly expression: string };
}

/** How many events a row of a stream that is rolled up stands for. */
export const eventCount = "event_count";

/** The type of a Druid column. Booleans, and numbers that are kept digit by digit, are texts. */
export function columnType({ type }: DimensionField | MeasureField): DimensionSpec["type"] {
  return type === "long" || type === "double" ? type : "string";
}

export function dimensions({ event, ingestion }: Stream): DimensionSpec[] {
  return Object.entries(event).flatMap(([name, field]) => {
    const isColumn = field.role === "dimension" || (field.role === "measure" && !ingestion.rollup);
    return isColumn ? [{ type: columnType(field), name }] : [];
  });
}

/** What Druid makes of several rows, or stores as a sketch. Undefined if it stores values only. */
export function aggregators({ event, ingestion }: Stream): AggregatorSpec[] | undefined {
  const stored = Object.entries(event).flatMap(([name, field]) =>
    aggregator(name, field, ingestion.rollup),
  );
  if (ingestion.rollup) return [{ type: "count", name: eventCount }, ...stored];
  return stored.length === 0 ? undefined : stored;
}

function aggregator(name: string, field: Field, rollup = false): AggregatorSpec[] {
  if (field.role === "sketch") {
    const type = { distinct: "HLLSketchBuild", quantiles: "quantilesDoublesSketch" }[field.type];
    return [{ type, name, fieldName: name }];
  }
  if (field.role !== "measure" || !rollup) return [];
  const kind = { sum: "Sum", min: "Min", max: "Max" }[field.rollup ?? "sum"];
  return [{ type: `${field.type}${kind}`, name, fieldName: name }];
}

export function transforms(stream: Stream): TransformSpec {
  const isLines = stream.format.type === "csv" || stream.format.type === "tsv";
  const all = Object.entries(stream.event).flatMap(([name, field]) => {
    const isTime = field.role === "timestamp";
    const expression = isTime ? timeExpression(name, field) : valueExpression(name, field, isLines);
    if (expression === undefined) return [];
    return [{ type: "expression" as const, name: isTime ? "__time" : name, expression }];
  });
  const { filter } = stream.ingestion;
  if (filter === undefined) return { transforms: all };
  // Events that `make verify` marks are to be found, whatever they are.
  const expression = `(${filter}) || notnull(${identifier(probeField)})`;
  return { transforms: all, filter: { type: "expression", expression } };
}
