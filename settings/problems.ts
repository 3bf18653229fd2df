import { z } from "./zod";

/** Where a value comes from, and how an error shows it. */
export interface Origin {
  /** File that has, or should have, the value at this path. */
  fileOf(path: readonly PropertyKey[]): string;
  /** The path as a person writes it. */
  show(path: readonly PropertyKey[]): string;
  /** True where the value must not be printed. */
  isSecret?(path: readonly PropertyKey[]): boolean;
}

/**
 * One sentence for each problem: file, key, what is allowed, the value. If one value has several problems, only the first.
 *
 * @param schema the schema that refused the input; an error about an unknown key lists the known ones
 * @param input the input that was refused
 */
export function describeProblems(
  error: z.ZodError,
  schema: z.ZodType,
  input: unknown,
  origin: Origin,
): string[] {
  const seen = new Set<string>();
  return error.issues.filter(isFirst(seen)).flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => unknownKey([...issue.path, key], schema, origin));
    }
    const value = valueAt(input, issue.path);
    const shown = origin.isSecret?.(issue.path) ? "another (not shown)" : JSON.stringify(value);
    const is = value === undefined ? "is missing" : `is ${shown}`;
    return `${origin.fileOf(issue.path)}: ${origin.show(issue.path)} ${requirement(issue)}, ${is}`;
  });
}

function isFirst(seen: Set<string>) {
  return ({ code, path }: z.core.$ZodIssue): boolean => {
    const about = JSON.stringify([path, code === "unrecognized_keys"]);
    return !seen.has(about) && seen.add(about) !== undefined;
  };
}

/** The value at `path` within `root`; undefined where there is none. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined,
    root,
  );
}

function requirement(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "too_small":
      return issue.origin === "string"
        ? "must not be empty"
        : `must be ${issue.inclusive === false ? ">" : "≥"} ${issue.minimum}`;
    case "too_big":
      return `must be ${issue.inclusive === false ? "<" : "≤"} ${issue.maximum}`;
    case "invalid_value":
      return `must be ${oneOf(issue.values.map(String))}`;
    case "invalid_type":
      return `must be ${typeNames[issue.expected] ?? issue.expected}`;
    default:
      return issue.message;
  }
}

const typeNames: Partial<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "true or false",
  object: "a map of keys",
  record: "a map of keys",
  array: "a list",
};

function unknownKey(path: readonly PropertyKey[], schema: z.ZodType, origin: Origin): string {
  const known = keysAt(schema, path.slice(0, -1));
  const wrong = String(path.at(-1));
  const nearest = known
    .map((key) => ({ key, distance: editDistance(key.toLowerCase(), wrong.toLowerCase()) }))
    .filter(({ key, distance }) => distance <= Math.max(1, Math.floor(key.length / 2)))
    .sort((a, b) => a.distance - b.distance)[0]?.key;
  const advice = nearest ? `did you mean ${nearest}? ` : "";
  return `${origin.fileOf(path)}: ${origin.show(path)} is not a known key; ${advice}known here: ${known.join(", ")}`;
}

function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const inner = path.reduce<unknown>((at, key) => {
    const plain = withoutWrapper(at);
    if (plain instanceof z.ZodObject) return Reflect.get(plain.shape, key);
    return plain instanceof z.ZodArray ? plain.element : undefined;
  }, schema);
  const plain = withoutWrapper(inner);
  return plain instanceof z.ZodObject ? Object.keys(plain.shape).sort() : [];
}

function withoutWrapper(schema: unknown): unknown {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault
    ? withoutWrapper(schema.unwrap())
    : schema;
}

function oneOf(values: readonly string[]): string {
  return values.length < 2
    ? values.join("")
    : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}

/** Levenshtein's distance: insertions, deletions and substitutions from `a` to `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, right] of [...b].entries()) {
      next.push(
        Math.min(
          (row[j + 1] ?? 0) + 1,
          (next[j] ?? 0) + 1,
          (row[j] ?? 0) + (left === right ? 0 : 1),
        ),
      );
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
