import type { Deployment } from "./deployment";
import { create } from "./operations";
import { stepOf } from "./registration";
import { providerOf } from "./resource-provider";
import { newResourceState, type ResourceState } from "./state";

/**
 * Creations of an earlier run that were cut short, and whose resource this run has not made: the object
 * may exist. So that it is not lost, it is brought into the state, by its id where that follows from
 * its inputs, else by creating it (which adopts what is there). Resolves to the states, which
 * are to be deleted.
 */
export async function settlePendingCreations(d: Deployment): Promise<ResourceState[]> {
  const found: ResourceState[] = [];
  for (const { resource, type } of d.options.base.pendingOperations) {
    // Beside an old object of the same URN it was to be its replacement, which may exist as well.
    if (type === "creating" && !d.news.has(resource.urn) && !d.preview) {
      const state = await settle(d, resource);
      if (state) found.push(state);
    }
    if (!d.preview) d.snapshots.dropPending(resource.urn);
  }
  return found;
}

async function settle(d: Deployment, resource: ResourceState): Promise<ResourceState | undefined> {
  const state = newResourceState({ ...resource });
  // What goes with another object needs no deletion of its own.
  if (!state.custom || state.retainOnDelete || state.deletedWith) return undefined;
  const provider = await providerOf(d, state);
  const id = provider?.idOf?.(state.type, state.inputs);
  if (id) {
    state.id = id;
    await d.snapshots.add(state);
  } else {
    await create(d, stepOf("create", state), state, provider);
  }
  return state;
}
