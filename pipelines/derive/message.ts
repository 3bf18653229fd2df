/** A stream's event as a message that is sent, for the forms that this program can write. */
import type { DimensionValue } from "../declare/fields";
import type { LinesFormat } from "../declare/format";
import { stepsOf } from "../declare/path";
import type { Stream } from "../declare/stream";
import { inMessage, lineColumns } from "./input-format";

/** The values of an event, by field. */
export type Values = Readonly<Record<string, DimensionValue | null>>;

export interface WrittenMessage {
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly value: string;
}

/** The message that has these values. Undefined if the format needs a registry's schema. */
export function messageOf(stream: Stream, values: Values): WrittenMessage | undefined {
  const { format } = stream;
  if (format.type === "avro" || format.type === "protobuf") return undefined;
  const value =
    format.type === "json"
      ? JSON.stringify(objectOf(stream, values))
      : lineOf(lineColumns(stream), values, format);
  return { ...besideValue(stream, values), value };
}

function besideValue({ event }: Stream, values: Values): Omit<WrittenMessage, "value"> {
  const found = Object.entries(event).flatMap(([name, { kafka }]) => {
    const value = values[name];
    return kafka === undefined || (value ?? null) === null ? [] : [[kafka, String(value)] as const];
  });
  const headers = found.flatMap(([kafka, value]) =>
    kafka.startsWith("header:") ? [[kafka.slice("header:".length), value] as const] : [],
  );
  const key = found.find(([kafka]) => kafka === "key")?.[1];
  return {
    ...(key !== undefined && { key }),
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
  };
}

function objectOf(stream: Stream, values: Values): object {
  const object: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || !inMessage(stream, name)) continue;
    const path = stream.event[name]?.path;
    place(object, path === undefined ? [name] : (stepsOf(path) ?? []), value);
  }
  return object;
}

type Node = Record<string | number, unknown>;

/** Puts a value where a path finds it. Of `[*]`, each of a list's values gets an element of its own. */
function place(node: Node, steps: readonly (string | number)[], value: unknown): void {
  const [step, next, ...rest] = steps;
  if (step === undefined) return;
  if (next === undefined) {
    node[step] = value;
    return;
  }
  if (next !== "*") {
    node[step] ??= typeof next === "number" ? [] : {};
    place(node[step] as Node, [next, ...rest], value);
    return;
  }
  const list = Array.isArray(value) ? value : [value];
  if (rest.length === 0) {
    node[step] = list;
    return;
  }
  node[step] ??= [];
  const elements = node[step] as Node[];
  list.forEach((one, index) => {
    elements[index] ??= {};
    place(elements[index], rest, one);
  });
}

function lineOf(columns: readonly string[], values: Values, format: LinesFormat): string {
  const { type, delimiter = "\t", listDelimiter = "|" } = format;
  const texts = columns.map((name) => {
    const value = values[name] ?? "";
    const text = Array.isArray(value) ? value.join(listDelimiter) : String(value);
    return type === "csv" && /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return texts.join(type === "csv" ? "," : delimiter);
}
