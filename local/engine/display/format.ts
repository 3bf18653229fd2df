import { type PropertyPath, parsePath } from "../property-path";
import type { DiffKind } from "../provider";
import { diffMaps } from "../value-diff";
import {
  isPropertyMap,
  mapWithoutSecrets,
  type PropertyMap,
  type PropertyValue,
  ResourceReference,
  Secret,
  Unknown,
} from "../values";
import type { Operation, Step } from "./events";

/** The sign of an operation, as the CLI prints it. */
export const signs: Record<Operation, string> = {
  same: "  ",
  create: "+ ",
  update: "~ ",
  replace: "+-",
  "create-replacement": "++",
  "delete-replaced": "--",
  delete: "- ",
  refresh: "~ ",
};

/** `[diff: +data-kind~metadata,spec]`, or nothing. */
export function shortDiff(step: Step): string {
  const { changedKeys, olds, news } = step;
  if (changedKeys.length === 0) return "";
  const signOf = (key: string) => {
    if (olds && !Object.hasOwn(olds, key)) return "+";
    return news && !Object.hasOwn(news, key) ? "-" : "~";
  };
  const parts = ["+", "-", "~"].map((sign) => {
    const keys = changedKeys.filter((key) => signOf(key) === sign).toSorted();
    return keys.length > 0 ? sign + keys.join(",") : "";
  });
  return `[diff: ${parts.join("")}]`;
}

/** One line of a value, secrets hidden and long texts cut. */
export function formatValue(value: PropertyValue | undefined): string {
  const limit = 200;
  const text = value === undefined ? "" : inline(value);
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}

function inline(value: PropertyValue): string {
  if (value instanceof Secret) return "[secret]";
  if (value instanceof Unknown) return "[unknown]";
  if (value instanceof ResourceReference) return value.urn;
  if (Array.isArray(value)) return `[${value.map(inline).join(",")}]`;
  if (!isPropertyMap(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}:${inline(v)}`);
  return `{${entries.join(",")}}`;
}

const kindSigns: Record<DiffKind, string> = {
  add: "+",
  "add-replace": "+",
  delete: "-",
  "delete-replace": "-",
  update: "~",
  "update-replace": "~",
};

/** A step's changes, a line each: `~ data.greeting: "hi" => "drifted"`. */
export function diffLines(step: Step): string[] {
  const olds = step.olds ?? {};
  const news = step.news ?? {};
  return Object.entries(detailsOf(step, olds, news))
    .filter(([path]) => !path.startsWith("__"))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, { kind }]) => {
      const parsed = parsePath(path);
      const replaces =
        kind.endsWith("-replace") || step.replaceKeys?.includes(String(parsed[0]))
          ? " (forces a replacement)"
          : "";
      return changeLine(path, at(olds, parsed), at(news, parsed), replaces, kindSigns[kind]);
    });
}

/** What the provider told of; where it told no more than the keys, what differs below them. */
function detailsOf(step: Step, olds: PropertyMap, news: PropertyMap): Step["detailedDiff"] {
  if (Object.keys(step.detailedDiff).length > 0) return step.detailedDiff;
  const part = (map: PropertyMap) =>
    mapWithoutSecrets(
      Object.fromEntries(Object.entries(map).filter(([key]) => step.changedKeys.includes(key))),
    );
  return diffMaps(part(olds), part(news)).detailedDiff;
}

function changeLine(
  path: string,
  old: PropertyValue | undefined,
  now: PropertyValue | undefined,
  suffix: string,
  sign?: string,
): string {
  if (old === undefined) return `${sign ?? "+"} ${path}: ${formatValue(now)}${suffix}`;
  if (now === undefined) return `${sign ?? "-"} ${path}: ${formatValue(old)}${suffix}`;
  return `${sign ?? "~"} ${path}: ${formatValue(old)} => ${formatValue(now)}${suffix}`;
}

/** The value at a path; a secret on the way hides all below it. */
function at(map: PropertyMap, path: PropertyPath): PropertyValue | undefined {
  let value: PropertyValue | undefined = map;
  for (const part of path) {
    if (value instanceof Secret) return value;
    if (Array.isArray(value)) value = value[Number(part)];
    else if (isPropertyMap(value)) value = value[String(part)];
    else return undefined;
  }
  return value;
}

/** `41s`, `0.13s`, `2m05s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 1) return `${seconds.toFixed(2)}s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes > 0 ? `${minutes}m${String(whole % 60).padStart(2, "0")}s` : `${whole}s`;
}
