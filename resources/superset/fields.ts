/** How the inputs of a resource become columns of an object in Superset, and are read back from there. */
import { isSame } from "../drift";
import { canonical, jsonObjectOf, objectsOf, parseObject } from "../json";

/** An object as Superset's API takes it or gives it. */
export type Columns = Record<string, unknown>;

export interface Field<I> {
  /** The input. */
  readonly name: keyof I & string;
  /** What Superset calls it. */
  readonly column: string;
  /** Whether another value needs another object. Default: false. */
  readonly replaces?: boolean;
  /** The input with what was left out filled in. Default: as it is. */
  complete?(value: unknown): unknown;
  /** The column as Superset takes it. Default: it is not sent. */
  write?(inputs: I): unknown;
  /** The input as Superset has it. Default: it is not read. */
  read?(live: Columns, inputs: I): unknown;
}

/** @param initial the default; without one the field is required */
export function text<I>(name: keyof I & string, column: string, initial?: string): Field<I> {
  return {
    name,
    column,
    complete: (value) => value ?? initial,
    write: (inputs) => inputs[name],
    read: (live) => String(live[column] ?? ""),
  };
}

/** A text that may be missing, and then is null in Superset; an empty text counts as missing. */
export function optionalText<I>(name: keyof I & string, column: string): Field<I> {
  return {
    name,
    column,
    complete: textOf,
    write: (inputs) => inputs[name] ?? null,
    read: (live) => textOf(live[column]),
  };
}

export function optionalNumber<I>(name: keyof I & string, column: string): Field<I> {
  return {
    name,
    column,
    write: (inputs) => inputs[name] ?? null,
    read: (live) => numberOf(live[column]),
  };
}

export function flag<I>(name: keyof I & string, column: string, initial: boolean): Field<I> {
  return {
    name,
    column,
    complete: (value) => value ?? initial,
    write: (inputs) => inputs[name],
    read: (live) => live[column] === true,
  };
}

/** An input that Superset does not have: it is not sent, and a change of it changes nothing. */
export function option<I>(name: keyof I & string, initial: unknown): Field<I> {
  return { name, column: name, complete: (value) => value ?? initial };
}

/** An object that Superset keeps as text. Default: an empty one. */
export function jsonText<I>(name: keyof I & string, column: string): Field<I> {
  return {
    name,
    column,
    complete: (value) => value ?? {},
    write: (inputs) => canonical(inputs[name]),
    read: (live) => jsonObjectOf(parseObject(live[column])),
  };
}

/**
 * A list of objects. Default: an empty one.
 *
 * @param key the column that identifies one of them: their order in Superset has no meaning
 * @param constants further columns that each is sent with
 */
export function rows<I, R>(
  name: keyof I & string,
  key: keyof R & string,
  fields: readonly Field<R>[],
  constants: Columns = {},
): Field<I> {
  return {
    name,
    column: name,
    // In a preview the list may be unknown, and then is none.
    complete: (value = []) =>
      Array.isArray(value) ? value.map((row: R) => completed(fields, row)) : value,
    write: (inputs) =>
      rowsOf<R>(inputs[name]).map((row) => ({ ...written(fields, row), ...constants })),
    read: (live, inputs) => {
      const order: unknown[] = rowsOf<R>(inputs[name]).map((row) => row[key]);
      const place = (row: Partial<R>) => {
        const index = order.indexOf(row[key]);
        return index < 0 ? order.length : index;
      };
      return objectsOf(live[name])
        .map((row) => readFields(fields, row, {} as R))
        .sort((left, right) => place(left) - place(right));
    },
  };
}

function rowsOf<R>(value: unknown): readonly R[] {
  return Array.isArray(value) ? value : [];
}

/** The inputs with what was left out filled in. */
export function completed<I>(fields: readonly Field<I>[], inputs: I): I {
  const filled = fields.flatMap(({ name, complete }) =>
    complete === undefined ? [] : [[name, complete(inputs[name])]],
  );
  return { ...inputs, ...Object.fromEntries(filled) };
}

/** The columns that Superset is sent. */
export function written<I>(fields: readonly Field<I>[], inputs: I): Columns {
  return Object.fromEntries(
    fields.flatMap(({ column, write }) => (write === undefined ? [] : [[column, write(inputs)]])),
  );
}

/** The inputs as Superset has them. A value that equals that of `inputs` is taken from there. */
export function readFields<I>(fields: readonly Field<I>[], live: Columns, inputs: I): Partial<I> {
  const entries = fields.flatMap(({ name, read }) => {
    if (read === undefined) return [];
    const value = read(live, inputs);
    return [[name, isSame(value, inputs[name]) ? inputs[name] : value]];
  });
  return Object.fromEntries(entries);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Superset writes some of its numbers as text. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && !Number.isNaN(number) ? number : undefined;
}
