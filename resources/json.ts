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

/** What a text column of Superset holds as JSON; text that is no object, as someone may have saved, is an empty one. */
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

/** One text for all equal values: sorted keys, and no difference between null and absent, which state files drop. */
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
