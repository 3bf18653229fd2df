import { isPropertyMap, type PropertyMap } from "../../provider";
import type { CheckpointMarks } from "./checkpoint";
import { splitPath } from "./diff";
import { mapsAt, valueAt, withoutValueAt, withValueAt } from "./object";

/**
 * The inputs to apply when the program ignores changes of some fields: a field that another manager
 * owns is left to it, any other keeps its live value. Fields inside lists are left as they are.
 */
export function withIgnoredFields(
  inputs: PropertyMap,
  live: PropertyMap | undefined,
  marks: CheckpointMarks,
  ignored: readonly string[],
): PropertyMap {
  if (live === undefined) return inputs;
  let result = inputs;
  for (const text of ignored) {
    const [first, ...rest] = splitPath(text);
    if (first === undefined || valueAt(inputs, first, ...rest) === undefined) continue;
    const owners = ownersOf(live, [first, ...rest]);
    const isOthers = owners.size > 0 && !owners.has(marks.fieldManager);
    const value = valueAt(live, first, ...rest);
    if (isOthers) result = withoutValueAt(result, [first, ...rest]);
    else if (value !== undefined) result = withValueAt(result, [first, ...rest], value);
  }
  return result;
}

function ownersOf(live: PropertyMap, path: readonly string[]): Set<string> {
  const owners = mapsAt(live, "metadata", "managedFields").filter((entry) => {
    const fields = entry.fieldsV1;
    return (
      isPropertyMap(fields) && valueAt(fields, ...path.map((part) => `f:${part}`)) !== undefined
    );
  });
  return new Set(owners.map((entry) => String(entry.manager)));
}
