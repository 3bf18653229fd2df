/** JSON as services send and take it, and as state files hold it. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as an object; anything else is an empty one. */
export function objectOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

/** The objects of an array; anything else is left out. */
export function objectsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The JSON object in a text; an empty one where the text is none. */
export function parseObject(text: unknown): Record<string, unknown> {
  if (typeof text !== "string") {
    return {};
  }
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {};
  }
}

/** JSON text that is the same for all equal values: keys are sorted, and null is as absent, for state files drop it. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(canonical).join(",")}]`;
  }
  if (isObject(value)) {
    const entries = Object.entries(value)
      .filter(([, entry]) => entry !== undefined && entry !== null)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`);
    return `{${entries.join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}

/** The value as state files can hold it: without keys whose value is null or undefined, and nothing but JSON. */
export function jsonOf(value: unknown): Json {
  if (Array.isArray(value)) {
    return value.map(jsonOf);
  }
  if (isObject(value)) {
    return jsonObjectOf(value);
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : null;
}

/** An object as state files can hold it. */
export function jsonObjectOf(value: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined && entry !== null)
      .map(([key, entry]) => [key, jsonOf(entry)]),
  );
}
