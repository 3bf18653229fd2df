/** Infers a stream's fields from its messages. */
import type { TimeFormat } from "../../pipelines/declare/origin";
import type { Decoded, ReadEvent, Values } from "./messages";
import { timeFormatOf, timeNameScore } from "./time";

export type Kind =
  | "timestamp"
  | "dimension.string"
  | "dimension.strings"
  | "dimension.boolean"
  | "dimension.integer"
  | "dimension.bigInteger"
  | "dimension.decimal"
  | "measure.integer"
  | "measure.number";

export interface InferredField {
  readonly name: string;
  readonly kind: Kind;
  readonly optional: boolean;
  readonly path?: string;
  readonly kafka?: string;
  readonly expression?: string;
  readonly format?: TimeFormat;
  /** Of what was seen: the least and the greatest number, or how many different texts. */
  readonly range?: readonly [number, number];
  readonly distinct?: number;
}

export interface Shape {
  readonly fields: readonly InferredField[];
  /** What is left out, and why. */
  readonly leftOut: readonly string[];
  readonly notes: readonly string[];
}

/** More make a table that nobody reads. */
const mostFields = 100;

interface Leaf {
  readonly steps: readonly string[];
  readonly values: unknown[];
  /** The events in which the leaf has a value. */
  readonly present: Set<ReadEvent>;
}

export function inferShape({ format, events, notes }: Decoded): Shape {
  const isLines = format !== "json";
  const leaves = leavesOf(events);
  const leftOut: string[] = [];
  const named = nameLeaves(leaves, isLines);
  const time = timeOf(named, events.length);
  const fields: InferredField[] = [
    time?.field ?? {
      name: unique("kafka_time", named),
      kind: "timestamp",
      kafka: "timestamp",
      optional: false,
    },
  ];
  for (const { name, leaf, path } of named) {
    if (name === time?.field.name) continue;
    const optional = leaf.present.size < events.length;
    const kind = kindOf(leaf, isLines);
    if (kind === undefined) {
      leftOut.push(`${pathOf(leaf.steps)}: ${whyNot(leaf)}`);
    } else if (fields.length >= mostFields) {
      leftOut.push(`${pathOf(leaf.steps)}: there are ${mostFields} fields before it`);
    } else {
      fields.push({ name, kind, optional, ...(path && { path }), ...seen(kind, leaf.values) });
    }
  }
  fields.push(...asNumbers(fields, new Set(named.map(({ name }) => name))));
  fields.push(...kafkaFields(events, new Set(fields.map(({ name }) => name)), leftOut));
  const noTime = time
    ? []
    : ["no field of all messages is a time, so that the time is Kafka's own timestamp"];
  return { fields, leftOut, notes: [...notes, ...noTime] };
}

function leavesOf(events: readonly ReadEvent[]): Leaf[] {
  const leaves = new Map<string, Leaf>();
  for (const event of events) {
    const { values } = event;
    // Kafka Connect's JSON converter sends the schema with each message.
    const isWrapped = Object.keys(values).sort().join() === "payload,schema";
    collect(isWrapped ? { payload: values.payload } : values, [], (steps, value) => {
      const key = JSON.stringify(steps);
      const leaf = leaves.get(key) ?? { steps, values: [], present: new Set() };
      leaves.set(key, leaf);
      if (value === null) return;
      leaf.values.push(value);
      leaf.present.add(event);
    });
  }
  // A leaf that is an object in other messages was null in these.
  const all = [...leaves.values()];
  return all.filter(
    (leaf) =>
      leaf.values.length > 0 ||
      !all.some((o) => o !== leaf && leaf.steps.every((step, n) => o.steps[n] === step)),
  );
}

function collect(
  values: Values,
  above: readonly string[],
  add: (steps: readonly string[], value: unknown) => void,
): void {
  for (const [name, value] of Object.entries(values)) {
    const steps = [...above, name];
    if (!Array.isArray(value)) {
      if (typeof value === "object" && value !== null) collect(value as Values, steps, add);
      else add(steps, value);
      continue;
    }
    const isList = value.every((one) => typeof one !== "object" || one === null);
    if (isList) add(steps, value);
    else if (value.every((one) => typeof one === "object" && one !== null && !Array.isArray(one))) {
      for (const one of value) collect(one as Values, [...steps, "*"], add);
    } else add(steps, [[]]);
  }
}

export function pathOf(steps: readonly string[]): string {
  const texts = steps.map((step) => {
    if (step === "*") return "[*]";
    return /^[^.[\]'"\s*]+$/.test(step) ? `.${step}` : `['${step}']`;
  });
  return `$${texts.join("")}`;
}

interface NamedLeaf {
  readonly name: string;
  readonly leaf: Leaf;
  readonly path?: string;
}

/** Names that `defineStream` takes, each once. A member of the message's object keeps its own where it can. */
function nameLeaves(leaves: readonly Leaf[], isLines: boolean): NamedLeaf[] {
  const isPlain = ({ steps }: Leaf) =>
    steps.length === 1 && /^(?!__)[\w@.-]{1,100}$/.test(steps[0] ?? "") && steps[0] !== "probe_id";
  const taken = new Set(leaves.filter(isPlain).map(({ steps }) => steps[0] ?? ""));
  return leaves
    .filter(({ steps }) => steps.every((step) => !/['\\]/.test(step)))
    .map((leaf) => {
      if (isPlain(leaf) || isLines) return { name: leaf.steps[0] ?? "", leaf };
      const text = leaf.steps.filter((step) => step !== "*").join("_");
      const base = text.replaceAll(/\W+/g, "_").replace(/^_+/, "").slice(0, 100) || "field";
      let name = base === "probe_id" ? "probe_id_1" : base;
      for (let n = 2; taken.has(name); n += 1) name = `${base}_${n}`;
      taken.add(name);
      return { name, leaf, path: pathOf(leaf.steps) };
    });
}

function unique(base: string, named: readonly NamedLeaf[]): string {
  let name = base;
  while (named.some((one) => one.name === name)) name = `${name}_`;
  return name;
}

function timeOf(named: readonly NamedLeaf[], events: number) {
  const candidates = named.flatMap(({ name, leaf, path }) => {
    if (leaf.present.size < events || leaf.steps.includes("*")) return [];
    const format = timeFormatOf(leaf.values);
    const score = timeNameScore(leaf.steps.at(-1) ?? "");
    const isNumber = typeof format === "string" && format !== "iso";
    if (format === undefined || (isNumber && score === 0)) return [];
    const field: InferredField = {
      name,
      kind: "timestamp",
      optional: false,
      format,
      ...(path && { path }),
    };
    return [{ field, rank: score * 10 - leaf.steps.length }];
  });
  return candidates.sort((a, b) => b.rank - a.rank)[0];
}

const wholeText = /^-?\d{1,15}$/;
const numberText = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
/** Numbers that are names: a sum of them says nothing. */
const isIdentifier = (name: string) =>
  /(^|[_-])(id|ids|code|status|year|port|zip|number|no|pid|version|ns|wiki|order|seq|lsn|pos)$|[a-z]I[dD]$/i.test(
    name,
  ) || timeNameScore(name) > 0;

function kindOf({ steps, values }: Leaf, isLines: boolean): Kind | undefined {
  if (values.length === 0) return undefined;
  const last = steps.at(-1) ?? "";
  const every = (is: (value: unknown) => boolean) => values.every(is);
  const isText = (value: unknown) => typeof value === "string";
  if (steps.includes("*") || every(Array.isArray)) {
    return values.flat().length > 0 && values.flat().every(isText)
      ? "dimension.strings"
      : undefined;
  }
  if (values.some(Array.isArray)) return undefined;
  if (every((value) => typeof value === "boolean")) return "dimension.boolean";
  if (every((value) => typeof value === "bigint" || Number.isSafeInteger(value))) {
    if (values.some((value) => typeof value === "bigint")) return "dimension.bigInteger";
    return isIdentifier(last) ? "dimension.integer" : "measure.integer";
  }
  if (every((value) => typeof value === "number")) return "measure.number";
  if (isLines && every((value) => wholeText.test(String(value)))) {
    return isIdentifier(last) ? "dimension.integer" : "measure.integer";
  }
  if (isLines && every((value) => numberText.test(String(value)))) return "measure.number";
  const isDecimal = every((value) => isText(value) && /^-?\d+(\.\d+)?$/.test(String(value)));
  if (isDecimal && values.some((value) => String(value).includes("."))) return "dimension.decimal";
  return "dimension.string";
}

function whyNot({ steps, values }: Leaf): string {
  if (values.length === 0) return "it is null in all messages";
  if (values.flat().length === 0) return "its list is empty in all messages";
  return steps.includes("*") || values.every(Array.isArray)
    ? "a list of other values than texts"
    : "a list in some messages, and a single value in others";
}

function seen(kind: Kind, values: readonly unknown[]): Partial<InferredField> {
  if (kind === "measure.integer" || kind === "measure.number" || kind === "dimension.decimal") {
    const numbers = values.map(Number);
    const least = numbers.reduce((a, b) => Math.min(a, b));
    return { range: [least, numbers.reduce((a, b) => Math.max(a, b))] };
  }
  return { distinct: new Set(values.flat().map(String)).size };
}

/** A decimal is kept as a text; this is the number that charts can add up. */
function asNumbers(fields: readonly InferredField[], taken: ReadonlySet<string>): InferredField[] {
  return fields
    .filter(({ kind, name }) => kind === "dimension.decimal" && !taken.has(`${name}_number`))
    .map(({ name, optional, range }) => ({
      name: `${name}_number`,
      kind: "measure.number",
      optional,
      expression: `cast("${name}", 'DOUBLE')`,
      ...(range && { range }),
    }));
}

function kafkaFields(
  events: readonly ReadEvent[],
  taken: ReadonlySet<string>,
  leftOut: string[],
): InferredField[] {
  const found = new Map<string, string[]>();
  for (const { message } of events) {
    const { key, headers = {} } = message;
    const all = {
      ...(key && { key }),
      ...Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [`header:${name}`, value]),
      ),
    };
    for (const [kafka, value] of Object.entries(all)) {
      const texts = found.get(kafka) ?? [];
      found.set(kafka, texts);
      texts.push(String(value));
    }
  }
  return [...found].flatMap(([kafka, texts]) => {
    const name = `kafka_${kafka.replaceAll(/\W+/g, "_")}`;
    const isBinary = texts.some((text) => text.includes("\0") || text.includes("\ufffd"));
    if (isBinary || taken.has(name)) {
      leftOut.push(`Kafka's ${kafka}: ${isBinary ? "it is binary" : `a field is named ${name}`}`);
      return [];
    }
    const optional = texts.length < events.length;
    return [
      { name, kind: "dimension.string" as const, kafka, optional, distinct: new Set(texts).size },
    ];
  });
}
