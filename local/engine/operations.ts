import { randomUUID } from "node:crypto";
import type { Deployment } from "./deployment";
import type { Step } from "./display/events";
import { InitializationError, type Provider } from "./provider";
import type { ResourceState } from "./state";
import { isProviderType, parseUrn, providerReference } from "./urn";
import { type PropertyMap, Secret } from "./values";

// Each operation on one resource: what is asked of its provider, and what the state then holds.

/**
 * Creates `made`. What it `replaces` leaves the state with it when it was deleted ahead, and is marked
 * for deletion when it was not.
 */
export async function create(
  d: Deployment,
  step: Step,
  made: ResourceState,
  provider: Provider | undefined,
  replaces?: ResourceState,
): Promise<void> {
  await d.step(step, async () => {
    const gone = replaces?.pendingReplacement ? [replaces] : [];
    const condemn = () => {
      if (replaces && !replaces.pendingReplacement) replaces.delete = true;
    };
    if (!made.custom) {
      condemn();
      stamp(made);
      for (const state of gone) await d.snapshots.remove(state);
      await d.snapshots.add(made);
      return;
    }
    if (d.preview) {
      const result = await previewCreate(d, made, provider);
      made.id = result.id;
      made.outputs = withSecretOutputs(result.outputs, made);
      condemn();
      attachProvider(d, made);
      return;
    }
    const operation = await d.snapshots.begin(made, "creating");
    await recordFailures(d, operation, made, gone, condemn, async () => {
      const result = await createWith(d, made, provider);
      made.id = result.id;
      made.outputs = withSecretOutputs(result.outputs, made);
    });
    stamp(made);
    condemn();
    await d.snapshots.end(operation, { made, gone });
    attachProvider(d, made);
  });
}

/** Updates `old` in place to `made`. */
export async function update(
  d: Deployment,
  step: Step,
  old: ResourceState,
  made: ResourceState,
  provider: Provider | undefined,
): Promise<void> {
  await d.step(step, async () => {
    made.id = old.id;
    made.created = old.created;
    if (!made.custom || isProviderType(made.type)) {
      made.outputs = made.custom ? providerOutputs(made.inputs) : old.outputs;
      stamp(made);
      await d.snapshots.same(old, made, !d.preview);
      attachProvider(d, made);
      return;
    }
    if (d.preview) {
      const result = provider
        ? await provider.update(context(d, made), old.id, old.inputs, old.outputs, made.inputs)
        : { outputs: made.inputs };
      made.outputs = withSecretOutputs(result.outputs, made);
      return;
    }
    const operation = await d.snapshots.begin(made, "updating");
    await recordFailures(
      d,
      operation,
      made,
      [old],
      () => {},
      async () => {
        const result = await required(provider, made).update(
          context(d, made, made.customTimeouts.update),
          old.id,
          old.inputs,
          old.outputs,
          made.inputs,
        );
        made.outputs = withSecretOutputs(result.outputs, made);
      },
    );
    stamp(made);
    await d.snapshots.end(operation, { made, gone: [old] });
  });
}

/** How a deletion stands to others of the run. */
export interface DeletionPlace {
  /** The old object of a replacement: it stays in the state, as one to be replaced. */
  ahead?: boolean;
  /** It goes with another object, and leaves the state with that. */
  isCarried?: boolean;
  /** What goes with it, and leaves the state with it. */
  carried?: ResourceState[];
}

/** Deletes the object of `old`, which then leaves the state. Throws when it is protected. */
export async function remove(
  d: Deployment,
  step: Step,
  old: ResourceState,
  provider: (() => Promise<Provider | undefined>) | undefined,
  { ahead = false, isCarried = false, carried = [] }: DeletionPlace = {},
): Promise<void> {
  await d.step(step, async () => {
    if (old.protect && step.operation === "delete") {
      throw new Error(
        `resource "${old.urn}" cannot be deleted because it is protected. ` +
          "Remove the `protect` flag from the resource in the program and run up, and then delete it.",
      );
    }
    if (d.preview) {
      old.pendingReplacement ||= ahead;
      return;
    }
    if (isCarried) return;
    const operation = await d.snapshots.begin(old, "deleting");
    try {
      if (provider && !isLeftAlone(d, old)) {
        await required(await provider(), old).delete(
          context(d, old, old.customTimeouts.delete),
          old.id,
          old.inputs,
          old.outputs,
        );
      }
    } catch (error) {
      if (!d.options.signal.aborted) await d.snapshots.end(operation, {});
      throw error;
    }
    if (ahead) old.pendingReplacement = true;
    await d.snapshots.end(operation, { gone: ahead ? [] : [old, ...carried] });
  });
}

/** Whether a deletion is of the state alone. */
export function isLeftAlone(d: Deployment, old: ResourceState): boolean {
  return (
    !old.custom ||
    old.external ||
    old.retainOnDelete ||
    isProviderType(old.type) ||
    (old.deletedWith !== "" && d.deleted.has(old.deletedWith))
  );
}

/** Marks the outputs that a resource says are secret, and those that give a secret input back. */
export function withSecretOutputs(
  outputs: PropertyMap,
  state: Pick<ResourceState, "inputs" | "additionalSecretOutputs">,
): PropertyMap {
  const result = { ...outputs };
  for (const [key, value] of Object.entries(outputs)) {
    const isSecret =
      state.additionalSecretOutputs.includes(key) || state.inputs[key] instanceof Secret;
    if (isSecret && !(value instanceof Secret)) result[key] = new Secret(value);
  }
  return result;
}

/** A provider's outputs are its inputs, without what is the engine's own. */
export function providerOutputs(inputs: PropertyMap): PropertyMap {
  const { __internal: _, ...outputs } = inputs;
  return outputs;
}

/** Makes a provider resource usable by others. */
export function attachProvider(d: Deployment, state: ResourceState): void {
  if (!isProviderType(state.type)) return;
  d.options.providers.set(providerReference(state.urn, state.id), state.inputs);
}

export function context(d: Deployment, state: ResourceState, timeoutSeconds?: number) {
  return d.context(state, parseUrn(state.urn).name, timeoutSeconds);
}

async function previewCreate(
  d: Deployment,
  made: ResourceState,
  provider: Provider | undefined,
): Promise<{ id: string; outputs: PropertyMap }> {
  if (isProviderType(made.type)) return { id: randomUUID(), outputs: providerOutputs(made.inputs) };
  // A provider that cannot be configured before the update cannot tell more than the inputs.
  if (!provider) return { id: "", outputs: made.inputs };
  return provider.create(context(d, made), made.inputs);
}

async function createWith(
  d: Deployment,
  made: ResourceState,
  provider: Provider | undefined,
): Promise<{ id: string; outputs: PropertyMap }> {
  if (isProviderType(made.type)) return { id: randomUUID(), outputs: providerOutputs(made.inputs) };
  const result = await required(provider, made).create(
    context(d, made, made.customTimeouts.create),
    made.inputs,
  );
  if (!result.id) throw new Error(`the provider of ${made.type} created an object without an id`);
  return result;
}

/**
 * Runs a provider's operation. An object that exists but is not ready enters the state with the
 * reasons; after any other failure the state is as before, unless the operation was cut short: then
 * nobody knows, and it stays in the state as pending.
 */
async function recordFailures(
  d: Deployment,
  operation: Parameters<Deployment["snapshots"]["end"]>[0],
  made: ResourceState,
  gone: ResourceState[],
  exists: () => void,
  run: () => Promise<void>,
): Promise<void> {
  try {
    await run();
    made.initErrors = [];
  } catch (error) {
    if (error instanceof InitializationError) {
      made.id = error.id;
      made.outputs = withSecretOutputs(error.outputs, made);
      if (error.inputs) made.inputs = error.inputs;
      made.initErrors = error.reasons;
      stamp(made);
      exists();
      await d.snapshots.end(operation, { made, gone });
    } else if (!d.options.signal.aborted) {
      await d.snapshots.end(operation, {});
    }
    throw error;
  }
}

function required(provider: Provider | undefined, state: ResourceState): Provider {
  if (!provider) throw new Error(`the provider of ${state.urn} is not configured`);
  return provider;
}

function stamp(state: ResourceState): void {
  const now = new Date().toISOString();
  state.created ||= now;
  state.modified = now;
}
