import type { Crypter } from "./secrets";
import {
  isPropertyMap,
  type PropertyMap,
  type PropertyValue,
  ResourceReference,
  Secret,
  Unknown,
  unknown,
} from "./values";

// Property values in a checkpoint: JSON, where an object with this key is a marked value.

export const signatureKey = "4dabf18193072939515e22adb298388d";
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
export const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
export const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type Json = Record<string, unknown>;

// A secret that did not change keeps its ciphertext, so that a state without changes is written
// without changes. Keyed by the object, so that equal secrets do not show as equal.
const sealed = new WeakMap<Secret, { crypter: Crypter; ciphertext: string }>();

export function parseMap(json: Json, crypter: Crypter): PropertyMap {
  const result: PropertyMap = {};
  for (const [key, value] of Object.entries(json)) result[key] = parseValue(value, crypter);
  return result;
}

export function parseValue(json: unknown, crypter: Crypter): PropertyValue {
  if (json === unknownString) return unknown;
  if (json === null || typeof json !== "object") return json as PropertyValue;
  if (Array.isArray(json)) return json.map((item) => parseValue(item, crypter));
  const map = json as Json;
  switch (map[signatureKey]) {
    case undefined:
      return parseMap(map, crypter);
    case secretSignature:
      return parseSecret(map, crypter);
    case resourceSignature:
      return new ResourceReference(
        map.urn as string,
        map.id as string | undefined,
        map.packageVersion as string | undefined,
      );
    default:
      throw new Error(
        "the state holds a kind of value (an asset or an archive) that the embedded engine lacks. " +
          "Use the Pulumi CLI for this stack: https://www.pulumi.com/docs/install/",
      );
  }
}

function parseSecret(map: Json, crypter: Crypter): Secret {
  if (typeof map.plaintext === "string") {
    return new Secret(parseValue(JSON.parse(map.plaintext), crypter));
  }
  const ciphertext = map.ciphertext as string;
  const secret = new Secret(parseValue(JSON.parse(crypter.decrypt(ciphertext)), crypter));
  sealed.set(secret, { crypter, ciphertext });
  return secret;
}

/** With sorted keys, as Go writes maps. */
export function serializeMap(map: PropertyMap, crypter?: Crypter): Json {
  const result: Json = {};
  for (const key of Object.keys(map).sort()) {
    result[key] = serializeValue(map[key] ?? null, crypter);
  }
  return result;
}

/** Without a crypter the marks of secrets are left out: only for what is encrypted as a whole. */
export function serializeValue(value: PropertyValue, crypter?: Crypter): unknown {
  if (value instanceof Secret) return serializeSecret(value, crypter);
  if (value instanceof Unknown) return unknownString;
  if (value instanceof ResourceReference) {
    return {
      [signatureKey]: resourceSignature,
      ...(value.id === undefined ? {} : { id: serializeValue(value.id, crypter) }),
      packageVersion: value.packageVersion ?? "",
      urn: value.urn,
    };
  }
  if (Array.isArray(value)) return value.map((item) => serializeValue(item, crypter));
  return isPropertyMap(value) ? serializeMap(value, crypter) : value;
}

function serializeSecret(secret: Secret, crypter: Crypter | undefined): unknown {
  if (!crypter) return serializeValue(secret.value);
  let entry = sealed.get(secret);
  if (!entry || entry.crypter.salt !== crypter.salt) {
    const ciphertext = crypter.encrypt(JSON.stringify(serializeValue(secret.value)));
    entry = { crypter, ciphertext };
    sealed.set(secret, entry);
  }
  return { [signatureKey]: secretSignature, ciphertext: entry.ciphertext };
}
