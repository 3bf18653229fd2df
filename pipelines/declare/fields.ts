/**
 * The fields of a stream's events. A field's role says what a dashboard can do with it. Its value type determines the
 * event's TypeScript type, the table's column and the JSON Schema.
 *
 * A new kind of field begins here. Then the places that tell roles or types apart need it: `checks.ts` and `form-checks.ts`
 * beside this file; `schema.ts`, `example.ts`, `columns.ts`, `expressions.ts`, `dataset.ts` and `sender.ts` of derive/;
 * resources/druid/message-verdict.ts.
 */
import type { Origin, TimeFormat, TimeOrigin } from "./origin";

/** When the event happened. It becomes Druid's `__time`. */
export interface TimestampField {
  readonly role: "timestamp";
  readonly label?: string;
  readonly path?: string;
  readonly kafka?: "timestamp";
  /** Default: auto. */
  readonly format?: TimeFormat;
}

/** What a message may have in a field to group by. */
export type DimensionValue = string | number | boolean | readonly string[];
/** Where a value comes from, whatever it is. */
interface FromAnywhere {
  readonly label?: string;
  readonly path?: string;
  readonly kafka?: "key" | "topic" | `header:${string}`;
  readonly expression?: string;
}

/** A field to filter and to group by. */
export interface DimensionField<
  Value extends DimensionValue = DimensionValue,
  Optional extends boolean = boolean,
> extends FromAnywhere {
  readonly role: "dimension";
  readonly type: "string" | "long" | "double" | "boolean" | "decimal" | "big-integer";
  /** Whether the message has a list. A row then belongs to the group of each of its values. Default: false. */
  readonly multiple?: true;
  /** All possible values, if they are known in advance. */
  readonly values?: readonly Value[];
  /** An optional field may be absent or null in an event. It is then null in the table. */
  readonly optional: Optional;
}

/** How rows that are rolled up into one have their values made into one. */
export type RolledUp = "sum" | "min" | "max";

/** A number to aggregate. */
export interface MeasureField<Optional extends boolean = boolean> extends FromAnywhere {
  readonly role: "measure";
  readonly type: "long" | "double";
  readonly optional: Optional;
  /** What is stored if the stream is rolled up. Default: the sum. */
  readonly rollup?: RolledUp;
}

/** Values that are stored as a sketch: a fixed size, however many they are, and an answer with a small error. */
export interface SketchField extends FromAnywhere {
  readonly role: "sketch";
  /** `distinct` answers how many different values there are; `quantiles` below which number a share of them is. */
  readonly type: "distinct" | "quantiles";
  readonly optional: true;
}

export type Field = TimestampField | DimensionField | MeasureField | SketchField;
export type EventFields = Readonly<Record<string, Field>>;

export interface LabelOptions {
  /** The name that people read. Default: the field's name. */
  readonly label?: string;
}

/** Of a field that each event has. */
export type FieldOptions = LabelOptions & Origin;
/** Whether an event may lack the field, or have null in it. Default: false. */
type Optionality = { readonly optional?: boolean };
type OptionalOf<O> = O extends { readonly optional: true } ? true : false;
export type TimestampOptions = LabelOptions & TimeOrigin & { readonly format?: TimeFormat };
export type DimensionOptions = FieldOptions & Optionality;
export type MeasureOptions = FieldOptions & Optionality & { readonly rollup?: RolledUp };

/** The event's time. Each stream has exactly one. */
export function timestamp(options: TimestampOptions = {}): TimestampField {
  return { role: "timestamp", ...options };
}

type DimensionType<Value extends DimensionValue> = <const O extends DimensionOptions = object>(
  options?: O,
) => DimensionField<Value, OptionalOf<O>>;

/** The compiler can't follow a default into `OptionalOf`. */
function dimensionOf<Value extends DimensionValue>(
  type: DimensionField["type"],
  more: { readonly multiple?: true } = {},
): DimensionType<Value> {
  return ((options: DimensionOptions = {}) => ({
    role: "dimension",
    type,
    optional: false,
    ...more,
    ...options,
  })) as DimensionType<Value>;
}

export const dimension = {
  string: dimensionOf<string>("string"),
  optionalString: (options: FieldOptions = {}): DimensionField<string, true> => ({
    role: "dimension",
    type: "string",
    optional: true,
    ...options,
  }),
  /** A string that is one of `values`. The dashboard can give each value a colour, and a producer can make an event for each. */
  oneOf: <const Value extends string, const O extends DimensionOptions = object>(
    values: readonly Value[],
    options?: O,
  ): DimensionField<Value, OptionalOf<O>> =>
    ({ role: "dimension", type: "string", values, optional: false, ...options }) as DimensionField<
      Value,
      OptionalOf<O>
    >,
  /** A list of strings. A chart counts an event once for each of them. */
  strings: dimensionOf<readonly string[]>("string", { multiple: true }),
  /** True or false, in the table the texts `true` and `false`. */
  boolean: dimensionOf<boolean>("boolean"),
  /** A 64-bit integer. */
  integer: dimensionOf<number>("long"),
  /** An integer of any size, kept digit by digit: the table has it as text. */
  bigInteger: dimensionOf<string | number>("big-integer"),
  /**
   * A decimal number that the message has as a text, kept character by character: the table has it as text. A JSON number is
   * refused, and null in the table, because Druid makes a double of it. (`measure.number` takes those.)
   */
  decimal: dimensionOf<string>("decimal"),
};

type MeasureType = <const O extends MeasureOptions = object>(
  options?: O,
) => MeasureField<OptionalOf<O>>;

function measureOf(type: MeasureField["type"]): MeasureType {
  return ((options: MeasureOptions = {}) => ({
    role: "measure",
    type,
    optional: false,
    ...options,
  })) as MeasureType;
}

export const measure = {
  /** A 64-bit integer. */
  integer: measureOf("long"),
  /** A double-precision number: 15 digits are exact. */
  number: measureOf("double"),
};

export const sketch = {
  /** How many different values there are, with an error of about 2 %. Metric: `countDistinct`. */
  distinct: (options: FieldOptions = {}): SketchField => ({
    role: "sketch",
    type: "distinct",
    optional: true,
    ...options,
  }),
  /** How numbers are distributed, with an error of about 2 % of the ranks. Metric: `quantile`. */
  quantiles: (options: FieldOptions = {}): SketchField => ({
    role: "sketch",
    type: "quantiles",
    optional: true,
    ...options,
  }),
};

/** The field by which `make verify` marks its own events. Charts don't show events that have it. */
export const probeField = "probe_id";

type NamesWith<E extends EventFields, Kind> = {
  [K in keyof E & string]: E[K] extends infer F ? (F extends Kind ? K : never) : never;
}[keyof E & string];

/** The names of the fields to group by. */
export type DimensionName<E extends EventFields> = NamesWith<E, DimensionField>;
/** The names of the fields to aggregate. */
export type MeasureName<E extends EventFields> = NamesWith<E, MeasureField>;
/** The names of the fields that are stored as sketches. */
export type SketchName<E extends EventFields> = NamesWith<E, SketchField>;
/** The names of the fields that `dimension.oneOf` declares. */
export type EnumeratedName<E extends EventFields> = {
  [K in keyof E & string]: E[K] extends DimensionField<infer V, boolean>
    ? V extends string
      ? string extends V
        ? string extends keyof E
          ? K
          : never
        : K
      : never
    : never;
}[keyof E & string];
/** The type of the values of field `F`. */
export type ValueOf<F> = F extends TimestampField
  ? number | string
  : F extends MeasureField
    ? number
    : F extends SketchField
      ? string | number
      : F extends DimensionField<infer V, boolean>
        ? V
        : never;

type OptionalName<E extends EventFields> = {
  [K in keyof E & string]: E[K] extends { readonly optional: true } ? K : never;
}[keyof E & string];

/** The type of an event's values, by field, wherever in the message they are. */
export type EventOf<E extends EventFields> = {
  -readonly [K in Exclude<keyof E & string, OptionalName<E>>]: ValueOf<E[K]>;
} & {
  -readonly [K in OptionalName<E>]?: ValueOf<E[K]> | null;
};
