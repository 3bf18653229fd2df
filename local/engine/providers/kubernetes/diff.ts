import {
  type DiffKind,
  isPropertyMap,
  type PropertyDiff,
  type PropertyMap,
  type PropertyValue,
  Unknown,
} from "../../provider";

type Path = readonly (string | number)[];

/**
 * Compares what is live of the program's fields with the new inputs, field by field, and marks the
 * changes under a force-new field as replacing.
 */
export function detailedDiff(
  old: PropertyMap,
  inputs: PropertyMap,
  forceNew: readonly string[],
): Record<string, PropertyDiff> {
  const differences: Record<string, PropertyDiff> = {};
  const patterns = forceNew.map(parsePattern);
  const record = (path: Path, kind: "add" | "delete" | "update", value: PropertyValue) => {
    const replaces = patterns.some((pattern) => touches(path, value, pattern));
    const marked: DiffKind = replaces ? `${kind}-replace` : kind;
    differences[pathText(path)] = { kind: marked, inputDiff: kind === "delete" };
  };
  compareMaps([], old, inputs, record);
  return differences;
}

type Recorder = (path: Path, kind: "add" | "delete" | "update", value: PropertyValue) => void;

function compareMaps(path: Path, old: PropertyMap, inputs: PropertyMap, record: Recorder): void {
  for (const key of new Set([...Object.keys(inputs), ...Object.keys(old)])) {
    compare([...path, key], old[key], inputs[key], record);
  }
}

function compare(
  path: Path,
  old: PropertyValue | undefined,
  input: PropertyValue | undefined,
  record: Recorder,
): void {
  if (input === undefined || input === null) {
    if (old !== undefined && old !== null) record(path, "delete", null);
  } else if (old === undefined || old === null) {
    record(path, "add", input);
  } else if (isPropertyMap(old) && isPropertyMap(input)) {
    compareMaps(path, old, input, record);
  } else if (Array.isArray(old) && Array.isArray(input)) {
    for (let index = 0; index < Math.max(old.length, input.length); index++) {
      compare([...path, index], old[index], input[index], record);
    }
  } else if (input instanceof Unknown || old !== input) {
    record(path, "update", input);
  }
}

function parsePattern(pattern: string): (string | "*")[] {
  return pattern.replaceAll("[*]", ".*").split(".");
}

/** Whether a change at a path, to a value, changes a field that the pattern names. */
function touches(path: Path, value: PropertyValue, pattern: readonly string[]): boolean {
  const shared = Math.min(path.length, pattern.length);
  for (let i = 0; i < shared; i++) {
    const isIndex = typeof path[i] === "number";
    if (pattern[i] === "*" ? !isIndex : path[i] !== pattern[i]) return false;
  }
  return hasField(value, pattern.slice(shared));
}

function hasField(value: PropertyValue, rest: readonly string[]): boolean {
  const [key, ...deeper] = rest;
  if (key === undefined) return true;
  if (key === "*") return Array.isArray(value) && value.some((item) => hasField(item, deeper));
  const child = isPropertyMap(value) ? value[key] : undefined;
  return child !== undefined && hasField(child, deeper);
}

/** Such as `metadata.annotations["example.com/a"]` or `spec.containers[0].image`. */
export function pathText(path: Path): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/[."[\]]/.test(part)) text += `["${part.replaceAll('"', '\\"')}"]`;
    else text += text === "" ? part : `.${part}`;
  }
  return text;
}

/** Whether a path lies at or under another, both as text; `*` stands for any one part. */
export function isAtOrUnder(path: string, parent: string): boolean {
  const parts = splitPath(path);
  const parents = splitPath(parent);
  return (
    parents.length <= parts.length &&
    parents.every((part, index) => part === "*" || part === parts[index])
  );
}

/** The parts of a property path as programs write them: `a.b[0]["c.d"]`, `a[*].b`. */
export function splitPath(text: string): string[] {
  const parts: string[] = [];
  for (const match of text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g)) {
    parts.push(match[1]?.replaceAll('\\"', '"') ?? match[2] ?? match[3] ?? "");
  }
  return parts;
}
