import type { Deployment } from "./deployment";
import { context, create } from "./operations";
import { InitializationError } from "./provider";
import { withoutDangling } from "./refresh";
import { stepOf } from "./registration";
import { providerOf } from "./resource-provider";
import { newResourceState, type ResourceState, type Snapshot } from "./state";
import { isProviderType } from "./urn";

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
  if (!state.custom || state.retainOnDelete) return undefined;
  // What goes with another object needs no deletion of its own.
  if (state.deletedWith && !d.news.has(state.deletedWith)) return undefined;
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

/**
 * Deletions of an earlier run that were cut short, of objects that this run may be asked for again: each is
 * gone, or on its way out, which is waited for, or still there. Resolves to the state without what is
 * gone and what went with it.
 */
export async function settlePendingDeletions(d: Deployment): Promise<Snapshot> {
  const { base } = d.options;
  const deletions = base.pendingOperations.filter(({ type }) => type === "deleting");
  const gone = new Set<ResourceState>();
  for (const { resource } of deletions) {
    const state = base.resources.find((r) => r.urn === resource.urn && r.id === resource.id);
    if (state?.custom && !isProviderType(state.type) && (await isGone(d, state))) gone.add(state);
  }
  const resources = base.resources.filter((state) => !gone.has(state) && !wentWith(state, gone));
  const pendingOperations = base.pendingOperations.filter((o) => !deletions.includes(o));
  return { resources: withoutDangling(resources), pendingOperations };

  function wentWith(state: ResourceState, carriers: Set<ResourceState>): boolean {
    const carrier = base.resources.find((r) => r.urn === state.deletedWith);
    return carrier !== undefined && (carriers.has(carrier) || wentWith(carrier, carriers));
  }
}

async function isGone(d: Deployment, state: ResourceState): Promise<boolean> {
  const provider = await providerOf(d, state);
  if (!provider) return false;
  const found = await provider
    .read(context(d, state), state.id, state.inputs, state.outputs)
    .catch((error: unknown) => {
      if (error instanceof InitializationError) return { outputs: error.outputs };
      throw new Error(
        `whether ${state.urn}, whose deletion was interrupted, is still there: ${(error as Error).message}`,
        { cause: error },
      );
    });
  if (!found) return true;
  if (!provider.isLeaving?.(found.outputs)) return false;
  if (!d.preview) {
    d.log("info", "its deletion was interrupted and goes on: waiting for its end", state.urn);
    const waiting = context(d, state, state.customTimeouts.delete);
    await provider.delete(waiting, state.id, state.inputs, state.outputs);
  }
  return true;
}
