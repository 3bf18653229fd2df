import { isPropertyMap, type PropertyMap, type PropertyValue } from "./values";

/** A path into a property map: `spec.ports[0].name`, `data["a.b"]`, `*` for any key or index. */
export type PropertyPath = (string | number)[];

/** Throws when `text` is not a path. */
export function parsePath(text: string): PropertyPath {
  const path: PropertyPath = [];
  let rest = text;
  while (rest !== "") {
    const match =
      /^\["((?:[^"\\]|\\.)*)"\]/s.exec(rest) ??
      /^\[(\d+|\*)\]/.exec(rest) ??
      /^\.?([^.[\]]+)/.exec(rest);
    const [whole, part = ""] = match ?? [];
    if (!whole) throw new Error(`"${text}" is not a property path, at "${rest}"`);
    if (whole.startsWith('["')) path.push(part.replace(/\\(.)/g, "$1"));
    else if (whole.startsWith("[") && part !== "*") path.push(Number(part));
    else path.push(part);
    rest = rest.slice(whole.length);
  }
  return path;
}

export function formatPath(path: PropertyPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[\w$-]+$/.test(part)) text += text === "" ? part : `.${part}`;
    else text += `["${part.replace(/(["\\])/g, "\\$1")}"]`;
  }
  return text;
}

/** Whether `path` is `outer` or lies below it. */
export function contains(outer: PropertyPath, path: PropertyPath): boolean {
  return outer.length <= path.length && outer.every((part, i) => part === "*" || part === path[i]);
}

/** `news` with what `paths` name put back to what it was in `olds`: the rule of ignoreChanges. */
export function ignoreChanges(news: PropertyMap, olds: PropertyMap, paths: string[]): PropertyMap {
  let result: PropertyValue = news;
  for (const path of paths) result = putBack(result, olds, parsePath(path)) ?? {};
  return result as PropertyMap;
}

function putBack(
  now: PropertyValue | undefined,
  old: PropertyValue | undefined,
  path: PropertyPath,
): PropertyValue | undefined {
  const [head, ...rest] = path;
  if (head === undefined) return old;
  if (head === "*") return putAllBack(now, old, rest);
  if (Array.isArray(now) && typeof head === "number") {
    const value = putBack(now[head], Array.isArray(old) ? old[head] : undefined, rest);
    return value === undefined || head > now.length ? now : now.toSpliced(head, 1, value);
  }
  if (now !== undefined && !isPropertyMap(now)) return now;
  // Below something that is gone on both sides there is nothing to put back.
  if (now === undefined && !isPropertyMap(old)) return now;
  const key = String(head);
  const value = putBack(now?.[key], isPropertyMap(old) ? old[key] : undefined, rest);
  const { [key]: _, ...others } = now ?? {};
  if (value === undefined) return now === undefined ? undefined : others;
  return { ...now, [key]: value };
}

function putAllBack(
  now: PropertyValue | undefined,
  old: PropertyValue | undefined,
  rest: PropertyPath,
): PropertyValue | undefined {
  let result = now;
  if (Array.isArray(now)) {
    for (const i of now.keys()) result = putBack(result, old, [i, ...rest]);
  } else if (isPropertyMap(now) || isPropertyMap(old)) {
    const keys = new Set([
      ...Object.keys(isPropertyMap(now) ? now : {}),
      ...Object.keys(isPropertyMap(old) ? old : {}),
    ]);
    for (const key of keys) result = putBack(result, old, [key, ...rest]);
  }
  return result;
}
