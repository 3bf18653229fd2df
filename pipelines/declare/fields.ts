/**
 * The fields of a stream's events. A field's role says what a dashboard can do with it. Its value type determines the
 * event's TypeScript type, the table's column and the JSON Schema.
 *
 * A new kind of field begins here. Then the places that tell roles or types apart need it: `checks.ts` beside this file;
 * `schema.ts`, `example.ts`, `ingestion.ts`, `dataset.ts` and `sender.ts` of derive/; resources/druid/message-verdict.ts.
 */

/** When the event happened, as epoch seconds, epoch milliseconds or ISO-8601. It becomes Druid's `__time`. */
export interface TimestampField {
  readonly role: "timestamp";
  readonly label?: string;
}

/** A field to filter and to group by. */
export interface DimensionField<
  Value extends string | number = string | number,
  Optional extends boolean = boolean,
> {
  readonly role: "dimension";
  readonly type: "string" | "long" | "double";
  /** All possible values, if they are known in advance. */
  readonly values?: readonly Value[];
  /** An optional field may be absent or null in an event. It is then null in the table. */
  readonly optional: Optional;
  readonly label?: string;
}

/** A number to aggregate. */
export interface MeasureField {
  readonly role: "measure";
  readonly type: "long" | "double";
  readonly label?: string;
}

export type Field = TimestampField | DimensionField | MeasureField;
export type EventFields = Readonly<Record<string, Field>>;

export interface FieldOptions {
  /** The name that people read. Default: the field's name. */
  readonly label?: string;
}

/** The event's time. Each stream has exactly one. */
export function timestamp(options: FieldOptions = {}): TimestampField {
  return { role: "timestamp", ...options };
}

export const dimension = {
  string: (options: FieldOptions = {}): DimensionField<string, false> => ({
    role: "dimension",
    type: "string",
    optional: false,
    ...options,
  }),
  optionalString: (options: FieldOptions = {}): DimensionField<string, true> => ({
    role: "dimension",
    type: "string",
    optional: true,
    ...options,
  }),
  /** A string that is one of `values`. The dashboard can give each value a colour, and a producer can make an event for each. */
  oneOf: <const Value extends string>(
    values: readonly Value[],
    options: FieldOptions = {},
  ): DimensionField<Value, false> => ({
    role: "dimension",
    type: "string",
    values,
    optional: false,
    ...options,
  }),
  integer: (options: FieldOptions = {}): DimensionField<number, false> => ({
    role: "dimension",
    type: "long",
    optional: false,
    ...options,
  }),
};

export const measure = {
  /** A 64-bit integer. */
  integer: (options: FieldOptions = {}): MeasureField => ({
    role: "measure",
    type: "long",
    ...options,
  }),
  /** A double-precision number. */
  number: (options: FieldOptions = {}): MeasureField => ({
    role: "measure",
    type: "double",
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
/** The names of the fields that `dimension.oneOf` declares. */
export type EnumeratedName<E extends EventFields> = {
  [K in keyof E & string]: E[K] extends DimensionField<infer V, boolean>
    ? string extends V
      ? string extends keyof E
        ? K
        : never
      : number extends V
        ? never
        : K
    : never;
}[keyof E & string];
/** The type of the values of field `F`. */
export type ValueOf<F> = F extends TimestampField
  ? number | string
  : F extends MeasureField
    ? number
    : F extends DimensionField<infer V, boolean>
      ? V
      : never;

type OptionalName<E extends EventFields> = {
  [K in keyof E & string]: E[K] extends DimensionField<string | number, true> ? K : never;
}[keyof E & string];

/** The type of an event that a producer sends as JSON. */
export type EventOf<E extends EventFields> = {
  -readonly [K in Exclude<keyof E & string, OptionalName<E>>]: ValueOf<E[K]>;
} & {
  -readonly [K in OptionalName<E>]?: ValueOf<E[K]> | null;
};
