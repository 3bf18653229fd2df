import type { Deployment } from "./deployment";
import type { Operation } from "./display/events";
import { remove } from "./operations";
import { stepOf } from "./registration";
import { providerOf } from "./resource-provider";
import { dependenciesOf, type ResourceState } from "./state";

/**
 * Deletes all of the state that this run has neither made nor kept, and what it `found` half made, each
 * after all that depends on it, as many at once as that allows. When one fails, what it depends on stays.
 */
export async function deleteUnwanted(d: Deployment, found: ResourceState[] = []): Promise<void> {
  const condemned: ResourceState[] = [];
  for (const state of d.options.base.resources) {
    if (d.deletedStates.has(state) && !state.delete) {
      // Deleted ahead of a replacement that the program then did not ask for.
      if (d.deleted.has(state.urn) && !d.preview) await d.snapshots.remove(state);
      continue;
    }
    const urn = d.renamed.get(state.urn) ?? state.urn;
    if (state.delete || !d.news.has(urn)) condemned.push(state);
  }
  await deleteAll(d, [...condemned, ...found]);
}

/** Deletes `condemned`, given in the order of the state. Throws when one could not be deleted. */
export async function deleteAll(d: Deployment, condemned: ResourceState[]): Promise<void> {
  for (const state of condemned) if (!state.delete) d.deleted.add(state.urn);
  const deletions = new Map<ResourceState, Promise<void>>();
  // From the last to the first: what depends on a resource stands behind it.
  for (const [i, state] of [...condemned.entries()].toReversed()) {
    const dependents = condemned
      .slice(i + 1)
      .filter((other) => dependenciesOf(other).includes(state.urn))
      .map((other) => deletions.get(other) as Promise<void>);
    deletions.set(state, deleteAfter(d, state, dependents));
  }
  const results = await Promise.allSettled(deletions.values());
  const failure = results.find((r) => r.status === "rejected");
  if (failure) throw failure.reason;
}

async function deleteAfter(
  d: Deployment,
  state: ResourceState,
  dependents: Promise<void>[],
): Promise<void> {
  await Promise.all(dependents);
  if (state.pendingReplacement && !state.delete) {
    // The object itself is gone since an earlier run.
    if (!d.preview) await d.snapshots.remove(state);
    return;
  }
  const operation: Operation = state.delete ? "delete-replaced" : "delete";
  await remove(d, stepOf(operation, state, state), state, () => providerOf(d, state), false);
}
