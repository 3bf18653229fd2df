import {
  containsUnknown,
  isPropertyMap,
  type PropertyMap,
  type PropertyValue,
} from "../../provider";
import { isBuiltIn } from "./discovery";
import { gvkOf, mapAt, textAt, withoutValueAt } from "./object";
import { canonicalQuantity } from "./quantity";

/** Set by the server alone. */
const readOnlyMetadata = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];

/**
 * The inputs in the form that the API server gives them back, so that what means the same is equal:
 * a Secret's stringData as data, quantities in canonical form, no empty value where the server
 * drops it. Inputs that hold unknowns are left as they are but for read-only metadata.
 */
export function normalizeInputs(inputs: PropertyMap): PropertyMap {
  let result = inputs;
  if (!containsUnknown(inputs) && isBuiltIn(gvkOf(inputs))) {
    result = isSecret(inputs) ? normalizeSecret(inputs) : normalizeMap(inputs, []);
  }
  for (const key of readOnlyMetadata) result = withoutValueAt(result, ["metadata", key]);
  return result;
}

export function isSecret(object: PropertyMap): boolean {
  const { group, kind } = gvkOf(object);
  return group === "" && kind === "Secret";
}

export function isConfigMap(object: PropertyMap): boolean {
  const { group, kind } = gvkOf(object);
  return group === "" && kind === "ConfigMap";
}

function normalizeSecret(secret: PropertyMap): PropertyMap {
  const data: PropertyMap = { ...mapAt(secret, "data") };
  for (const [key, value] of Object.entries(data)) {
    if (typeof value === "string") data[key] = canonicalBase64(value);
  }
  for (const [key, value] of Object.entries(mapAt(secret, "stringData"))) {
    data[key] = Buffer.from(String(value)).toString("base64");
  }
  const { stringData: _, ...rest } = secret;
  if (Object.keys(data).length === 0) return rest;
  return { ...rest, data };
}

/** The server decodes and encodes anew; what is no base64 it refuses, in its own words. */
function canonicalBase64(value: string): string {
  const compact = value.replace(/\s/g, "");
  const again = Buffer.from(compact, "base64").toString("base64");
  return again.replace(/=+$/, "") === compact.replace(/=+$/, "") ? again : value;
}

/** Maps of text to text whose emptiness the server drops. */
const droppedWhenEmpty = new Set([
  "annotations",
  "binaryData",
  "data",
  "labels",
  "limits",
  "matchLabels",
  "nodeSelector",
  "parameters",
  "requests",
]);

/** Lists that stay when empty, for they mean something or are required. */
const keptWhenEmpty = new Set(["rules", "subjects"]);

/** Fields whose zero value the server drops, being no pointers in its types. */
const droppedWhenZero = new Set([
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "initialDelaySeconds",
  "medium",
  "minReadySeconds",
  "paused",
  "publishNotReadyAddresses",
  "stdin",
  "stdinOnce",
  "subPath",
  "tty",
]);

/** Maps whose keys are the program's own, not fields. */
const freeForm = new Set(["annotations", "binaryData", "data", "labels", "matchLabels"]);

const quantityMaps = new Set(["capacity", "hard", "limits", "requests"]);
const quantityFields = new Set(["sizeLimit", "divisor", "averageValue"]);

function normalizeMap(map: PropertyMap, path: readonly string[]): PropertyMap {
  const result: PropertyMap = {};
  for (const [key, value] of Object.entries(map)) {
    const normal = normalizeValue(value, key, path);
    if (!isDropped(normal, key, path)) result[key] = normal;
  }
  return result;
}

function normalizeValue(value: PropertyValue, key: string, path: readonly string[]): PropertyValue {
  if (Array.isArray(value)) {
    return value.map((item) => (isPropertyMap(item) ? normalizeMap(item, [...path, key]) : item));
  }
  if (isPropertyMap(value)) return freeForm.has(key) ? value : normalizeMap(value, [...path, key]);
  const isQuantity = quantityFields.has(key) || quantityMaps.has(path[path.length - 1] ?? "");
  if (isQuantity && (typeof value === "string" || typeof value === "number")) {
    return String(canonicalQuantity(value));
  }
  return value;
}

function isDropped(value: PropertyValue, key: string, path: readonly string[]): boolean {
  if (value === null) return true;
  if (Array.isArray(value)) return value.length === 0 && !keptWhenEmpty.has(key);
  if (isPropertyMap(value)) return Object.keys(value).length === 0 && droppedWhenEmpty.has(key);
  if (value === "" || value === 0 || value === false) {
    const isEnvValue = key === "value" && path[path.length - 1] === "env";
    const isReadOnlyMount = key === "readOnly" && path[path.length - 1] === "volumeMounts";
    return isEnvValue || isReadOnlyMount || droppedWhenZero.has(key);
  }
  return false;
}

/** Whether the object forbids a change of its data. */
export function isImmutable(object: PropertyMap): boolean {
  return object.immutable === true && textAt(object, "kind") !== undefined;
}
