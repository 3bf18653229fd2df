/** How a message's value becomes an object, by a spec's input format (Druid 33, "Source input formats"). */
import { isObject, objectOf, objectsOf } from "../json";

/** Fields that a path finds, by name. */
type Paths = ReadonlyMap<string, string>;

interface Form {
  readonly byLine: boolean;
  readonly paths: Paths;
}

export type ValueForm =
  | (Form & { readonly type: "json" })
  | (Form & { readonly type: "lines"; readonly parse: (line: Uint8Array) => object })
  /** What it is needs a registry's schema. */
  | (Form & { readonly type: "other" });

export function valueForm(format: Record<string, unknown>): ValueForm {
  if (format.type === "kafka") return valueForm(objectOf(format.valueFormat));
  const fields = objectsOf(objectOf(format.flattenSpec).fields);
  const paths = new Map(fields.map(({ name, expr }) => [String(name), String(expr)]));
  if (format.type === "csv" || format.type === "tsv") {
    return { type: "lines", byLine: true, paths, parse: lineParser(format) };
  }
  if (format.type !== "json") return { type: "other", byLine: false, paths };
  return { type: "json", byLine: format.assumeNewlineDelimited === true, paths };
}

function lineParser(format: Record<string, unknown>): (line: Uint8Array) => object {
  const columns = Array.isArray(format.columns) ? format.columns.map(String) : [];
  const split =
    format.type === "csv"
      ? splitCsv
      : (text: string) => text.split(String(format.delimiter ?? "\t"));
  return (line) => {
    const values = split(new TextDecoder().decode(line));
    // An expression of the spec makes null of an empty value.
    return Object.fromEntries(columns.map((name, index) => [name, values[index] || null]));
  };
}

function splitCsv(line: string): string[] {
  const values: string[] = [];
  let value = "";
  let isQuoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at];
    if (character === '"') {
      if (isQuoted && line[at + 1] === '"') {
        value += '"';
        at += 1;
      } else isQuoted = !isQuoted;
    } else if (character === "," && !isQuoted) {
      values.push(value);
      value = "";
    } else value += character;
  }
  return [...values, value];
}

/** The object with what its paths find. */
export function withPaths(object: Record<string, unknown>, paths: Paths): Record<string, unknown> {
  if (paths.size === 0) return object;
  const found = [...paths].map(([name, path]) => [name, at(object, path)] as const);
  return { ...object, ...Object.fromEntries(found) };
}

const step = /\.([^.[\]'"\s*]+)|\['([^'\\]+)'\]|\[(\d+|\*)\]/g;

/** What a path of names, indices and `[*]` finds. `[*]` gives a list. */
function at(value: unknown, path: string): unknown {
  let found: unknown[] = [value];
  let isList = false;
  for (const [, plain, quoted, index] of path.matchAll(step)) {
    isList ||= index === "*";
    found = found.flatMap((one): unknown[] => {
      if (index === "*") return Array.isArray(one) ? one : [];
      if (index !== undefined) return Array.isArray(one) ? [one[Number(index)]] : [];
      return isObject(one) ? [one[plain ?? quoted ?? ""]] : [];
    });
  }
  if (!isList) return found[0];
  return found.length === 0 ? undefined : found;
}
