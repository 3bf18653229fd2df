// Property values as the engine and its providers pass them: JSON, and three marked kinds.

/** A value that must never be shown, and is encrypted in the state. */
export class Secret {
  constructor(readonly value: PropertyValue) {}
}

/** A value that is not known before the operation that makes it has run. Previews only. */
export class Unknown {
  readonly known = false;
}

/** The one instance of {@link Unknown}. */
export const unknown: Unknown = new Unknown();

/** A resource passed as a value. */
export class ResourceReference {
  constructor(
    readonly urn: string,
    /** Undefined for a component, which has no id. */
    readonly id?: PropertyValue,
    readonly packageVersion?: string,
  ) {}
}

export type PropertyValue =
  | null
  | boolean
  | number
  | string
  | Secret
  | Unknown
  | ResourceReference
  | PropertyValue[]
  | PropertyMap;

export interface PropertyMap {
  [key: string]: PropertyValue;
}

export function isPropertyMap(value: PropertyValue | undefined): value is PropertyMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Unknown) &&
    !(value instanceof ResourceReference)
  );
}

/** The same value without the marks of secrets, at any depth. */
export function withoutSecrets(value: PropertyValue): PropertyValue {
  if (value instanceof Secret) return withoutSecrets(value.value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (isPropertyMap(value)) return mapWithoutSecrets(value);
  return value;
}

/** {@link withoutSecrets} for a whole map. */
export function mapWithoutSecrets(map: PropertyMap): PropertyMap {
  return mapValues(map, withoutSecrets);
}

export function containsSecret(value: PropertyValue): boolean {
  return anyValue(value, (v) => v instanceof Secret);
}

export function containsUnknown(value: PropertyValue): boolean {
  return anyValue(value, (v) => v instanceof Unknown);
}

/** Whether two values are the same, key order aside. A secret equals a secret of an equal value only. */
export function equalValues(a: PropertyValue | undefined, b: PropertyValue | undefined): boolean {
  if (a === b) return true;
  if (a instanceof Secret || b instanceof Secret) {
    return a instanceof Secret && b instanceof Secret && equalValues(a.value, b.value);
  }
  if (a instanceof Unknown || b instanceof Unknown) return false;
  if (a instanceof ResourceReference || b instanceof ResourceReference) {
    return (
      a instanceof ResourceReference &&
      b instanceof ResourceReference &&
      a.urn === b.urn &&
      equalValues(a.id, b.id)
    );
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => equalValues(item, b[i]));
  }
  if (!isPropertyMap(a) || !isPropertyMap(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && equalValues(a[key], b[key]));
}

export function mapValues(
  map: PropertyMap,
  change: (value: PropertyValue, key: string) => PropertyValue,
): PropertyMap {
  const result: PropertyMap = {};
  for (const [key, value] of Object.entries(map)) result[key] = change(value, key);
  return result;
}

function anyValue(value: PropertyValue, test: (value: PropertyValue) => boolean): boolean {
  if (test(value)) return true;
  if (value instanceof Secret) return anyValue(value.value, test);
  if (Array.isArray(value)) return value.some((item) => anyValue(item, test));
  if (isPropertyMap(value)) return Object.values(value).some((item) => anyValue(item, test));
  return false;
}
