import { isPropertyMap, type PropertyMap } from "../../provider";
import { mapsAt, textAt } from "./object";

/** The manager of an object's creation, which is a plain request and no apply. */
export const creationManager = "pulumi-kubernetes";

/** Managers whose fields an update takes over, so that it meets no conflict with itself. */
const takenOver = [
  { prefix: "kubectl", operation: "Apply" },
  { prefix: "kubectl", operation: "Update" },
  { prefix: "before-first-apply", operation: "Update" },
  { prefix: creationManager, operation: "Update" },
  { prefix: "pulumi-resource-kubernetes", operation: "Update" },
];

/**
 * The JSON patch that makes the object's own field manager the owner of what the creation and
 * kubectl set, or undefined when it owns it already. Without it, the first apply would conflict
 * with the creation, and a field removed from the program would stay.
 */
export function takeOverPatch(live: PropertyMap, fieldManager: string): PropertyMap[] | undefined {
  const entries = mapsAt(live, "metadata", "managedFields");
  const isOwn = (entry: PropertyMap) =>
    entry.manager === fieldManager && entry.operation === "Apply";
  const foreign = entries.filter((entry) => !isOwn(entry) && isTakenOver(entry));
  const first = entries.find(isOwn) ?? foreign[0];
  if (foreign.length === 0 || first === undefined) return undefined;
  const fields = foreign.reduce<PropertyMap>(
    (union, entry) => mergeFields(union, fieldsOf(entry)),
    fieldsOf(first),
  );
  const own = { ...first, manager: fieldManager, operation: "Apply", fieldsV1: fields };
  const others = entries.filter((entry) => !isOwn(entry) && !isTakenOver(entry));
  return [
    { op: "replace", path: "/metadata/managedFields", value: [...others, own] },
    {
      op: "replace",
      path: "/metadata/resourceVersion",
      value: textAt(live, "metadata", "resourceVersion") ?? "",
    },
  ];
}

/** Whether a preview must apply by force, because the take-over has not been done yet. */
export function isOwnedByCreation(live: PropertyMap): boolean {
  return mapsAt(live, "metadata", "managedFields").some(
    (entry) => entry.manager === creationManager && entry.operation === "Update",
  );
}

function isTakenOver(entry: PropertyMap): boolean {
  const manager = textAt(entry, "manager") ?? "";
  if (textAt(entry, "subresource")) return false;
  return takenOver.some(
    ({ prefix, operation }) => manager.startsWith(prefix) && entry.operation === operation,
  );
}

function fieldsOf(entry: PropertyMap): PropertyMap {
  return isPropertyMap(entry.fieldsV1) ? entry.fieldsV1 : {};
}

function mergeFields(a: PropertyMap, b: PropertyMap): PropertyMap {
  const result: PropertyMap = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const present = result[key];
    result[key] =
      isPropertyMap(present) && isPropertyMap(value) ? mergeFields(present, value) : value;
  }
  return result;
}
