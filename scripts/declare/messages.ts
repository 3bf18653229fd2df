/** What a topic's messages are written in, and their values. */
import type { StoredMessage } from "../../resources/kafka/messages";

/** A message's value as an object; a whole number beyond 2^53 in it is a bigint. */
export type Values = Readonly<Record<string, unknown>>;

export interface ReadEvent {
  readonly values: Values;
  readonly message: StoredMessage;
}

export interface Decoded {
  readonly format: "json" | "csv" | "tsv";
  /** Of CSV and TSV: the names of a line's values. */
  readonly columns?: readonly string[];
  /** Whether a JSON object spreads over several lines. */
  readonly multiline: boolean;
  readonly events: readonly ReadEvent[];
  /** What is to be told of messages that were passed over. */
  readonly notes: readonly string[];
}

/** The messages can't be declared; the text says what was seen, and what to do. */
export class UnusableMessages extends Error {}

/** @throws UnusableMessages */
export function decode(messages: readonly StoredMessage[]): Decoded {
  const valued = messages.filter(({ value }) => value !== null && value.length > 0);
  const first = valued[0]?.value;
  if (!first) {
    throw new UnusableMessages(
      `of ${messages.length} messages none has a value. Send some, and try again`,
    );
  }
  const refused = valued.find(({ value }) => textOf(value) === undefined);
  if (refused !== undefined) throw new UnusableMessages(aboutBinary(refused));
  const decoded = decodeJson(valued) ?? decodeLines(valued, ",") ?? decodeLines(valued, "\t");
  if (decoded === undefined) {
    const shown = (textOf(first) ?? "").slice(0, 80);
    throw new UnusableMessages(
      `the messages are neither JSON objects nor lines of CSV or TSV with the same number of values. One of them begins with ${JSON.stringify(shown)}. Send JSON objects`,
    );
  }
  const empty = messages.length - valued.length;
  const notes = empty === 0 ? [] : [`${empty} of ${messages.length} messages have no value`];
  return { ...decoded, notes: [...decoded.notes, ...notes] };
}

function textOf(value: Buffer | null): string | undefined {
  if (value === null || value.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(value);
  } catch {
    return undefined;
  }
}

function aboutBinary({ partition, offset, value }: StoredMessage): string {
  const at = `the message at offset ${offset} of partition ${partition}`;
  const bytes = value?.subarray(0, 8).toString("hex");
  if (value && value.length > 5 && value[0] === 0) {
    return (
      `${at} begins with a schema registry's prefix (bytes ${bytes}, schema ${value.readUInt32BE(1)}): it is Avro, Protobuf or ` +
      "JSON Schema. Declare the stream by hand, with `format: avro({ url })` or `protobuf({ url })`: docs/add-a-stream.md"
    );
  }
  return `${at} is binary (${value?.length} bytes, the first ${bytes}). Send JSON objects, or lines of CSV or TSV`;
}

/** Parses JSON, with whole numbers beyond 2^53 as bigints. */
function parse(text: string): unknown {
  const exact = (_key: string, value: unknown, context?: { readonly source?: string }) => {
    const isLarge = typeof value === "number" && !Number.isSafeInteger(value);
    return isLarge && /^-?\d+$/.test(context?.source ?? "") ? BigInt(context?.source ?? 0) : value;
  };
  try {
    return JSON.parse(text, exact);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Undefined if most messages are no JSON objects. */
function decodeJson(messages: readonly StoredMessage[]): Decoded | undefined {
  let multiline = false;
  let others = 0;
  const events = messages.flatMap((message) => {
    const text = (textOf(message.value) ?? "").trim();
    const whole = parse(text);
    const parsed = isObject(whole) ? [whole] : text.split(/\r?\n/).map(parse);
    if (!parsed.every(isObject)) {
      others += 1;
      return [];
    }
    multiline ||= isObject(whole) && text.includes("\n");
    return parsed.map((values) => ({ values, message }));
  });
  if (events.length === 0 || others > messages.length / 10) return undefined;
  const notes = others === 0 ? [] : [`${others} of ${messages.length} messages are no JSON object`];
  return { format: "json", multiline, events, notes };
}

/** The values of a line; in CSV one may stand in double quotes. */
function valuesOf(line: string, separator: string): string[] {
  if (separator === "\t") return line.split("\t");
  const cell = /("(?:[^"]|"")*"|[^,]*)(?:,|$)/gy;
  const values: string[] = [];
  for (const [whole, text = ""] of line.matchAll(cell)) {
    values.push(text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text);
    if (!whole.endsWith(",")) break;
  }
  return values;
}

function decodeLines(messages: readonly StoredMessage[], separator: string): Decoded | undefined {
  const lines = messages.flatMap((message) =>
    (textOf(message.value) ?? "")
      .trimEnd()
      .split(/\r?\n/)
      .map((line) => ({ cells: valuesOf(line, separator), message })),
  );
  const [head, ...rest] = lines;
  const length = head?.cells.length ?? 0;
  if (head === undefined || length < 2 || rest.some(({ cells }) => cells.length !== length)) {
    return undefined;
  }
  const isName = (cell: string) => /^[a-zA-Z_][\w .-]*$/.test(cell);
  const hasNames = head.cells.every(isName) && rest.some(({ cells }) => !cells.every(isName));
  const columns = head.cells.map((cell, n) =>
    hasNames ? cell.trim().replaceAll(/\W+/g, "_") : `column_${n + 1}`,
  );
  const events = (hasNames ? rest : lines).map(({ cells, message }) => ({
    values: Object.fromEntries(columns.map((name, n) => [name, cells[n] || null])),
    message,
  }));
  const note =
    "the first line has the columns' names. Druid counts it as malformed, because its time is none";
  return {
    format: separator === "," ? "csv" : "tsv",
    columns,
    multiline: false,
    events,
    notes: hasNames
      ? [note]
      : ["the lines name no columns: give the fields their names in the file"],
  };
}
