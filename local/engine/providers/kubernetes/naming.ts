import { createHash, randomBytes } from "node:crypto";
import { type PropertyMap, type PropertyValue, Unknown } from "../../provider";
import { annotations, isAnnotationTrue } from "./annotations";
import { mapAt, nameOf, valueAt, withValueAt } from "./object";

/** Whether the program gave the object a name, known or yet unknown. */
export function isNamed(inputs: PropertyMap): boolean {
  const metadata: PropertyValue | undefined = inputs.metadata;
  return (
    metadata instanceof Unknown ||
    valueAt(inputs, "metadata", "name") instanceof Unknown ||
    nameOf(inputs) !== ""
  );
}

/**
 * Names an object that the program didn't: by the name that it has, if the engine gave it, else
 * `<logical name>-<8 hex digits>`. The annotation tells such objects from those with a fixed name.
 */
export function withAutoname(
  inputs: PropertyMap,
  olds: PropertyMap | undefined,
  logicalName: string,
  randomSeed: Buffer,
): PropertyMap {
  if (isNamed(inputs)) return inputs;
  if (olds === undefined || Object.keys(olds).length === 0) {
    return autonamed(inputs, `${logicalName}-${seededHex(randomSeed, logicalName)}`);
  }
  return isAnnotationTrue(olds, annotations.autonamed) ? autonamed(inputs, nameOf(olds)) : inputs;
}

/** A field manager of its own for each object, as the Pulumi provider has. */
export function newFieldManager(): string {
  return `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
}

function autonamed(inputs: PropertyMap, name: string): PropertyMap {
  const named = withValueAt(inputs, ["metadata", "name"], name);
  if (valueAt(named, "metadata", "annotations") instanceof Unknown) return named;
  return withValueAt(named, ["metadata", "annotations"], {
    ...mapAt(named, "metadata", "annotations"),
    [annotations.autonamed]: "true",
  });
}

/** The same digits for the same seed and name, so that a preview and its update agree. */
function seededHex(seed: Buffer, name: string): string {
  if (seed.length === 0) return randomBytes(4).toString("hex");
  return createHash("sha256").update(seed).update(name).digest("hex").slice(0, 8);
}
