import type { PropertyMap } from "../../provider";
import type { Cluster } from "./await/wait";
import { detailedDiff } from "./diff";
import { pathOf, type ResourceType } from "./discovery";
import { creationManager } from "./field-managers";
import { normalizeInputs } from "./normalize";
import { gvkOf, mapsAt, nameOf, namespaceOf, textAt, valueAt } from "./object";
import { pruneToShape } from "./prune";

/**
 * The object in the way of a creation, if this very creation made it in a run that ended before it
 * was recorded: it has all the program's fields, was created by this provider's manager, and no
 * stack has updated it since. Undefined otherwise.
 */
export async function findOwnCreation(
  { client, discovery }: Cluster,
  inputs: PropertyMap,
): Promise<{ live: PropertyMap; type: ResourceType } | undefined> {
  const type = await discovery.resolve(gvkOf(inputs));
  const path = pathOf(type, namespaceOf(inputs), nameOf(inputs));
  const { body: live } = await client.request({ path });
  const isLeaving = valueAt(live, "metadata", "deletionTimestamp") !== undefined;
  const wanted = normalizeInputs(inputs);
  const isSame = Object.keys(detailedDiff(pruneToShape(live, wanted), wanted, [])).length === 0;
  return isSame && !isLeaving && isOnlyCreated(live) ? { live, type } : undefined;
}

function isOnlyCreated(live: PropertyMap): boolean {
  const managers = mapsAt(live, "metadata", "managedFields");
  const isStacks = (entry: PropertyMap) =>
    entry.operation === "Apply" && textAt(entry, "manager")?.startsWith(`${creationManager}-`);
  return (
    managers.some((entry) => entry.manager === creationManager && entry.operation === "Update") &&
    !managers.some(isStacks)
  );
}
