import { Struct, type Value } from "google-protobuf/google/protobuf/struct_pb";
import {
  resourceSignature,
  secretSignature,
  signatureKey,
  unknownString,
} from "./checkpoint-values";
import {
  containsSecret,
  isPropertyMap,
  type PropertyMap,
  type PropertyValue,
  ResourceReference,
  Secret,
  Unknown,
  unknown,
} from "./values";

// Property values on the wire between the engine, the program and the dynamic provider host
// (the SDK's runtime/rpc.js is the other end).

const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const unknownStrings = new Set([
  unknownString,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

type Json = Record<string, unknown>;

/** URNs that a property's value carried, by top-level property. */
export type Dependencies = Map<string, Set<string>>;

/** Reads a struct. URNs that output values carry are added to `dependencies`. */
export function fromStruct(struct: Struct | undefined, dependencies?: Dependencies): PropertyMap {
  const result: PropertyMap = {};
  for (const [key, value] of Object.entries((struct?.toJavaScript() ?? {}) as Json)) {
    const urns = new Set<string>();
    result[key] = fromWire(value, urns);
    if (urns.size > 0 && dependencies) {
      dependencies.set(key, new Set([...(dependencies.get(key) ?? []), ...urns]));
    }
  }
  return result;
}

export function fromWireValue(value: Value | undefined): PropertyValue {
  return value ? fromWire(value.toJavaScript(), new Set()) : null;
}

function fromWire(value: unknown, urns: Set<string>): PropertyValue {
  if (typeof value === "string") return unknownStrings.has(value) ? unknown : value;
  if (value === null || value === undefined) return null;
  if (typeof value !== "object") return value as PropertyValue;
  if (Array.isArray(value)) return value.map((item) => fromWire(item, urns));
  const map = value as Json;
  switch (map[signatureKey]) {
    case undefined: {
      const result: PropertyMap = {};
      for (const [key, item] of Object.entries(map)) result[key] = fromWire(item, urns);
      return result;
    }
    case secretSignature:
      return new Secret(fromWire(map.value, urns));
    case resourceSignature:
      return new ResourceReference(
        map.urn as string,
        map.id === undefined ? undefined : fromWire(map.id, urns),
        map.packageVersion as string | undefined,
      );
    case outputSignature: {
      for (const urn of (map.dependencies as string[] | undefined) ?? []) urns.add(urn);
      const inner = "value" in map ? fromWire(map.value, urns) : unknown;
      return map.secret ? new Secret(inner) : inner;
    }
    default:
      throw new Error(
        "the program passes an asset or an archive, which the embedded engine lacks. " +
          "Install the Pulumi CLI for it: https://www.pulumi.com/docs/install/",
      );
  }
}

export interface WireOptions {
  /** Whether the other end understands marked secrets; else their plain values are sent. */
  secrets: boolean;
  /** Whether the other end understands references to resources; else their ids are sent. */
  resources: boolean;
}

export function toStruct(map: PropertyMap, options: WireOptions): Struct {
  return Struct.fromJavaScript(
    toWireMap(map, options) as Parameters<typeof Struct.fromJavaScript>[0],
  );
}

function toWireMap(map: PropertyMap, options: WireOptions): Json {
  const result: Json = {};
  for (const [key, value] of Object.entries(map)) {
    if (value !== undefined) result[key] = toWire(value, options);
  }
  return result;
}

function toWire(value: PropertyValue, options: WireOptions): unknown {
  if (value instanceof Secret) {
    const inner = toWire(value.value, options);
    return options.secrets ? { [signatureKey]: secretSignature, value: inner } : inner;
  }
  if (value instanceof Unknown) return unknownString;
  if (value instanceof ResourceReference) {
    if (!options.resources) return value.id === undefined ? value.urn : toWire(value.id, options);
    return {
      [signatureKey]: resourceSignature,
      urn: value.urn,
      ...(value.id === undefined ? {} : { id: toWire(value.id, options) }),
      packageVersion: value.packageVersion ?? "",
    };
  }
  if (Array.isArray(value)) return value.map((item) => toWire(item, options));
  return isPropertyMap(value) ? toWireMap(value, options) : value;
}

/**
 * Marks as secret what a provider that knows no secrets sent back in the clear: each top-level output
 * whose namesake among `sources` was a secret, or held one.
 */
export function markSecretsLike(outputs: PropertyMap, sources: PropertyMap): PropertyMap {
  const result: PropertyMap = {};
  for (const [key, value] of Object.entries(outputs)) result[key] = markLike(value, sources[key]);
  return result;
}

function markLike(value: PropertyValue, source: PropertyValue | undefined): PropertyValue {
  if (value instanceof Secret || source === undefined) return value;
  if (isPropertyMap(value) && isPropertyMap(source)) return markSecretsLike(value, source);
  return containsSecret(source) ? new Secret(value) : value;
}

/**
 * Writes and reads what will soon be sent, one map a turn: code that has run some times is compiled by V8, and takes a
 * third of the time.
 */
export function warmUpWire(maps: readonly PropertyMap[]): void {
  const [first, ...rest] = maps;
  if (!first) return;
  setImmediate(() => {
    const sent = toStruct(first, { secrets: true, resources: true }).serializeBinary();
    fromStruct(Struct.deserializeBinary(sent));
    warmUpWire(rest);
  });
}
