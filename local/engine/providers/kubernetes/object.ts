import { isPropertyMap, type PropertyMap, type PropertyValue } from "../../provider";

/** A Kubernetes object as JSON, without marks of secrets; in previews it may hold unknowns. */
export type KubernetesObject = PropertyMap;

export interface GroupVersionKind {
  /** Empty for the core group. */
  group: string;
  version: string;
  kind: string;
}

/** The value at a path of keys, or undefined where the path ends early. */
export function valueAt(object: PropertyValue | undefined, ...path: string[]) {
  let value = object;
  for (const key of path) {
    if (!isPropertyMap(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

export function textAt(object: PropertyValue | undefined, ...path: string[]): string | undefined {
  const value = valueAt(object, ...path);
  return typeof value === "string" ? value : undefined;
}

export function numberAt(object: PropertyValue | undefined, ...path: string[]): number | undefined {
  const value = valueAt(object, ...path);
  return typeof value === "number" ? value : undefined;
}

export function booleanAt(
  object: PropertyValue | undefined,
  ...path: string[]
): boolean | undefined {
  const value = valueAt(object, ...path);
  return typeof value === "boolean" ? value : undefined;
}

/** The maps of a list; an absent list has none. */
export function mapsAt(object: PropertyValue | undefined, ...path: string[]): PropertyMap[] {
  const value = valueAt(object, ...path);
  return Array.isArray(value) ? value.filter(isPropertyMap) : [];
}

export function mapAt(object: PropertyValue | undefined, ...path: string[]): PropertyMap {
  const value = valueAt(object, ...path);
  return isPropertyMap(value) ? value : {};
}

/** A copy in which the value at a path is replaced; maps on the way are made as needed. */
export function withValueAt(
  object: PropertyMap,
  path: readonly [string, ...string[]],
  value: PropertyValue,
): PropertyMap {
  const [key, next, ...rest] = path;
  if (next === undefined) return { ...object, [key]: value };
  return { ...object, [key]: withValueAt(mapAt(object, key), [next, ...rest], value) };
}

/** A copy without the value at a path. */
export function withoutValueAt(
  object: PropertyMap,
  path: readonly [string, ...string[]],
): PropertyMap {
  const [key, next, ...rest] = path;
  const child = object[key];
  if (child === undefined) return object;
  if (next !== undefined) {
    return isPropertyMap(child)
      ? { ...object, [key]: withoutValueAt(child, [next, ...rest]) }
      : object;
  }
  const { [key]: _, ...others } = object;
  return others;
}

export function nameOf(object: PropertyMap): string {
  return textAt(object, "metadata", "name") ?? "";
}

export function namespaceOf(object: PropertyMap): string {
  return textAt(object, "metadata", "namespace") ?? "";
}

export function annotationOf(object: PropertyMap, key: string): string | undefined {
  return textAt(object, "metadata", "annotations", key);
}

export function gvkOf(object: PropertyMap): GroupVersionKind {
  const apiVersion = textAt(object, "apiVersion") ?? "";
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  return {
    group: group === "core" ? "" : group,
    version: apiVersion.slice(slash + 1),
    kind: textAt(object, "kind") ?? "",
  };
}

/** Of a type token such as `kubernetes:apps/v1:Deployment`. Throws on any other form. */
export function gvkOfToken(token: string): GroupVersionKind {
  const match = /^kubernetes:([^:/]+)\/([^:/]+):([^:/]+)$/.exec(token);
  const [, group, version, kind] = match ?? [];
  if (group === undefined || version === undefined || kind === undefined) {
    throw new Error(
      `${token} is not a Kubernetes kind that the embedded engine can make: install the Pulumi CLI (https://www.pulumi.com/docs/install/)`,
    );
  }
  return { group: group === "core" ? "" : group, version, kind };
}

export function apiVersionOf(gvk: GroupVersionKind): string {
  return gvk.group === "" ? gvk.version : `${gvk.group}/${gvk.version}`;
}

/** The resource's id: `namespace/name`, or `name` alone where there is no namespace. */
export function idOf(object: PropertyMap): string {
  const namespace = namespaceOf(object);
  return namespace === "" ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}

export function parseId(id: string): { namespace: string; name: string } {
  const slash = id.indexOf("/");
  if (slash < 0) return { namespace: "", name: id };
  return { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

/** As messages name an object: `StatefulSet analytics/kafka`. */
export function describe(object: PropertyMap): string {
  return `${textAt(object, "kind") ?? "object"} ${idOf(object)}`;
}

export function isOwnedBy(object: PropertyMap, owner: PropertyMap): boolean {
  const uid = textAt(owner, "metadata", "uid");
  return (
    uid !== undefined &&
    mapsAt(object, "metadata", "ownerReferences").some((reference) => reference.uid === uid)
  );
}

/** The condition of a type in `status.conditions`. */
export function conditionOf(object: PropertyMap, type: string): PropertyMap | undefined {
  return mapsAt(object, "status", "conditions").find((condition) => condition.type === type);
}

export function isCondition(object: PropertyMap, type: string, status = "True"): boolean {
  return conditionOf(object, type)?.status === status;
}
