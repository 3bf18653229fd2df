/**
 * Compares a live object with its declaration where the server fills in defaults: a field has drifted when it differs
 * from what the server answered right after the object was last written.
 */

import { isObject, jsonObjectOf } from "./json";

/** Whether two JSON values are the same, whatever the order of their keys; null is the same as absent. */
export function isSame(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((entry, i) => isSame(entry, right[i]));
  }
  if (isObject(left) && isObject(right)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...keys].every((key) => isSame(left[key], right[key]));
  }
  return (left ?? null) === (right ?? null);
}

/**
 * The declaration, with the live value at each place where the live object differs from the applied one. A diff against
 * the declaration then names exactly the fields that drifted.
 */
export function withDrift(declared: unknown, applied: unknown, live: unknown): unknown {
  if (isSame(applied, live)) {
    return declared;
  }
  if (isObject(applied) && isObject(live)) {
    const base = isObject(declared) ? declared : {};
    const keys = new Set([...Object.keys(base), ...Object.keys(applied), ...Object.keys(live)]);
    return jsonObjectOf(
      Object.fromEntries(
        [...keys].map((key) => [key, withDrift(base[key], applied[key], live[key])]),
      ),
    );
  }
  if (
    Array.isArray(declared) &&
    Array.isArray(applied) &&
    Array.isArray(live) &&
    applied.length === live.length &&
    declared.length === live.length
  ) {
    return live.map((entry, i) => withDrift(declared[i], applied[i], entry));
  }
  return live;
}

/** The string that stands in previews for a value that is not known yet (Pulumi's wire format). */
const unknownMarker = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a value, or any part of it, is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (Array.isArray(value) || isObject(value)) {
    return Object.values(value).some(hasUnknown);
  }
  return value === unknownMarker;
}

/** The names of the properties that differ. */
export function changedKeys<T extends object>(
  olds: T,
  news: T,
  keys: readonly (keyof T & string)[],
): (keyof T & string)[] {
  return keys.filter((key) => !isSame(olds[key], news[key]));
}
