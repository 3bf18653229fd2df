// Names of resources: `urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>`.

export const rootStackType = "pulumi:pulumi:Stack";
const providerTypePrefix = "pulumi:providers:";

export interface UrnParts {
  stack: string;
  project: string;
  /** Types of the ancestors and the resource, joined by `$`. */
  qualifiedType: string;
  type: string;
  name: string;
}

/** Throws when `urn` does not have the form of a URN. */
export function parseUrn(urn: string): UrnParts {
  const match = /^urn:pulumi:(.*?)::(.*?)::(.*?)::(.*)$/s.exec(urn);
  if (!match) {
    throw new Error(`"${urn}" is not a URN (urn:pulumi:<stack>::<project>::<type>::<name>)`);
  }
  const [, stack = "", project = "", qualifiedType = "", name = ""] = match;
  return { stack, project, qualifiedType, type: qualifiedType.split("$").at(-1) ?? "", name };
}

/** The URN of a resource; a parent that is the stack itself adds nothing to the type. */
export function makeUrn(
  stack: string,
  project: string,
  parent: string,
  type: string,
  name: string,
): string {
  const parentType = parent ? parseUrn(parent).qualifiedType : "";
  const prefix = parentType && parentType !== rootStackType ? `${parentType}$` : "";
  return `urn:pulumi:${stack}::${project}::${prefix}${type}::${name}`;
}

export function isProviderType(type: string): boolean {
  return type.startsWith(providerTypePrefix);
}

export function providerType(packageName: string): string {
  return `${providerTypePrefix}${packageName}`;
}

/** The package of a type: `kubernetes` of `kubernetes:apps/v1:Deployment`. */
export function packageOfType(type: string): string {
  return isProviderType(type)
    ? type.slice(providerTypePrefix.length)
    : (type.split(":", 1)[0] ?? "");
}

/** A provider reference is the provider's URN and its id, joined by `::`. */
export function providerReference(urn: string, id: string): string {
  return `${urn}::${id}`;
}

export function parseProviderReference(reference: string): { urn: string; id: string } {
  const at = reference.lastIndexOf("::");
  if (at < 0) throw new Error(`"${reference}" is not a provider reference (<urn>::<id>)`);
  return { urn: reference.slice(0, at), id: reference.slice(at + 2) };
}

/** Default providers come and go with the resources that need them; a person is not told of them. */
export function isDefaultProvider(urn: string): boolean {
  const { type, name } = parseUrn(urn);
  return isProviderType(type) && (name === "default" || name.startsWith("default_"));
}
