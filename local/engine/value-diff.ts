import { formatPath, type PropertyPath } from "./property-path";
import type { DiffKind, PropertyDiff } from "./provider";
import {
  equalValues,
  isPropertyMap,
  type PropertyMap,
  type PropertyValue,
  Unknown,
} from "./values";

export interface ValueDiff {
  /** By property path, leaves only. */
  detailedDiff: Record<string, PropertyDiff>;
  /** Top-level keys, sorted. */
  changedKeys: string[];
}

/** What differs between two maps, leaf by leaf. Keys that begin with `__` are the engine's own, and left out. */
export function diffMaps(olds: PropertyMap, news: PropertyMap): ValueDiff {
  const detailedDiff: Record<string, PropertyDiff> = {};
  const changedKeys: string[] = [];
  const keys = new Set([...Object.keys(olds), ...Object.keys(news)]);
  for (const key of [...keys].sort()) {
    if (equalValues(olds[key], news[key])) continue;
    changedKeys.push(key);
    if (!key.startsWith("__")) collect(olds[key], news[key], [key], detailedDiff);
  }
  return { detailedDiff, changedKeys };
}

function collect(
  old: PropertyValue | undefined,
  now: PropertyValue | undefined,
  path: PropertyPath,
  into: Record<string, PropertyDiff>,
): void {
  if (equalValues(old, now)) return;
  if (isPropertyMap(old) && isPropertyMap(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
      collect(old[key], now[key], [...path, key], into);
    }
    return;
  }
  if (Array.isArray(old) && Array.isArray(now)) {
    for (let i = 0; i < Math.max(old.length, now.length); i++) {
      collect(old[i], now[i], [...path, i], into);
    }
    return;
  }
  into[formatPath(path)] = { kind: kindOf(old, now), inputDiff: true };
}

function kindOf(old: PropertyValue | undefined, now: PropertyValue | undefined): DiffKind {
  if (old === undefined) return "add";
  return now === undefined && !(old instanceof Unknown) ? "delete" : "update";
}
