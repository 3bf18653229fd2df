import type { Deployment } from "./deployment";
import type { Operation } from "./display/events";
import { isLeftAlone, remove } from "./operations";
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
  await new Deletions(d, condemned).run();
}

/**
 * The deletions of one run. What is `deletedWith` another object is carried by it: it has its turn, at
 * which nothing is asked of its provider, and leaves the state together with its carrier, so that a
 * run that ends in between has not forgotten what still exists.
 */
class Deletions {
  private readonly carriers = new Map<ResourceState, ResourceState>();
  private readonly dependents = new Map<ResourceState, ResourceState[]>();
  private readonly turns = new Map<ResourceState, Promise<void>>();

  constructor(
    private readonly d: Deployment,
    private readonly condemned: ResourceState[],
  ) {
    for (const [i, state] of condemned.entries()) {
      const urns = new Set(dependenciesOf(state));
      for (const other of condemned.slice(0, i)) {
        if (urns.has(other.urn)) this.dependentsOf(other).push(state);
      }
      const carrier = this.carrierOf(state);
      if (carrier) this.carriers.set(state, carrier);
    }
  }

  async run(): Promise<void> {
    // From the last to the first: what depends on a resource stands behind it.
    const ends = this.condemned.toReversed().map((state) => this.gone(state));
    const results = await Promise.allSettled(ends);
    const failure = results.find((r) => r.status === "rejected");
    if (failure) throw failure.reason;
  }

  /** Resolves once the object is gone and the state no longer has it. */
  private async gone(state: ResourceState): Promise<void> {
    await this.turn(state);
    const carrier = this.carriers.get(state);
    if (carrier) await this.gone(carrier);
  }

  private turn(state: ResourceState): Promise<void> {
    const known = this.turns.get(state);
    if (known) return known;
    const turn = this.deleteAfterDependents(state);
    this.turns.set(state, turn);
    return turn;
  }

  private async deleteAfterDependents(state: ResourceState): Promise<void> {
    const isCarried = this.carriers.has(state);
    await Promise.all(
      this.dependentsOf(state).map((dependent) =>
        isCarried || this.isAwaitedByCarrierOf(dependent, state)
          ? this.turn(dependent)
          : this.gone(dependent),
      ),
    );
    const { d } = this;
    if (state.pendingReplacement && !state.delete) {
      // The object itself is gone since an earlier run.
      if (!d.preview) await d.snapshots.remove(state);
      return;
    }
    const operation: Operation = state.delete ? "delete-replaced" : "delete";
    const carried = this.condemned.filter((other) => this.rootOf(other) === state);
    await remove(d, stepOf(operation, state, state), state, () => providerOf(d, state), {
      carried,
      isCarried,
    });
  }

  /** What `state` goes with, if this run deletes that too. */
  private carrierOf(state: ResourceState): ResourceState | undefined {
    if (!state.custom || state.delete || state.deletedWith === "" || state.retainOnDelete) {
      return undefined;
    }
    return this.condemned.find(
      (other) =>
        other.urn === state.deletedWith &&
        !other.delete &&
        !other.pendingReplacement &&
        // Where the carrier is itself only forgotten, so is what it carries, each in its turn.
        (other.deletedWith !== "" || !isLeftAlone(this.d, other)),
    );
  }

  /** The object whose deletion takes `state` with it; undefined where its own does. */
  private rootOf(state: ResourceState): ResourceState | undefined {
    const carrier = this.carriers.get(state);
    return carrier && (this.rootOf(carrier) ?? carrier);
  }

  /** Whether the object that carries `dependent` is itself deleted only after `state`. */
  private isAwaitedByCarrierOf(dependent: ResourceState, state: ResourceState): boolean {
    const root = this.rootOf(dependent);
    return root !== undefined && (root === state || this.isBelow(root, state, new Set()));
  }

  /** Whether `state` depends on `root`, be it through others. */
  private isBelow(root: ResourceState, state: ResourceState, seen: Set<ResourceState>): boolean {
    return this.dependentsOf(root).some((dependent) => {
      if (dependent === state) return true;
      if (seen.has(dependent)) return false;
      seen.add(dependent);
      return this.isBelow(dependent, state, seen);
    });
  }

  private dependentsOf(state: ResourceState): ResourceState[] {
    const known = this.dependents.get(state);
    if (known) return known;
    const list: ResourceState[] = [];
    this.dependents.set(state, list);
    return list;
  }
}
