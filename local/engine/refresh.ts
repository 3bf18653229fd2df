import type { Deployment } from "./deployment";
import { plainDiff } from "./diffing";
import type { Step } from "./display/events";
import { context, withSecretOutputs } from "./operations";
import { InitializationError } from "./provider";
import { stepOf } from "./registration";
import { providerOf } from "./resource-provider";
import type { ResourceState, Snapshot } from "./state";
import { isProviderType } from "./urn";
import { diffMaps } from "./value-diff";
import { equalValues, mapWithoutSecrets, type PropertyMap } from "./values";

/**
 * Reads every object of the state back from its provider, and tells what differs. Resolves to the
 * state as it is now; what is gone is no longer in it.
 */
export async function refreshSnapshot(d: Deployment): Promise<Snapshot> {
  const { base } = d.options;
  const refreshed = await Promise.allSettled(base.resources.map((state) => refreshOne(d, state)));
  const failure = refreshed.find((r) => r.status === "rejected");
  if (failure) throw failure.reason;
  const resources = refreshed
    .map((r) => (r as PromiseFulfilledResult<ResourceState | undefined>).value)
    .filter((state) => state !== undefined);
  return { resources: withoutDangling(resources), pendingOperations: base.pendingOperations };
}

async function refreshOne(d: Deployment, old: ResourceState): Promise<ResourceState | undefined> {
  if (!old.custom || isProviderType(old.type) || old.external || old.pendingReplacement) {
    if (old.custom && !isProviderType(old.type)) return old;
    d.count("same", old.urn);
    return old;
  }
  return d.track(() =>
    d.operations.run(async () => {
      d.mayBegin();
      try {
        return await read(d, old);
      } catch (error) {
        throw d.fail(
          new Error(`refreshing ${old.urn}: ${(error as Error).message}`, { cause: error }),
          old.urn,
        );
      }
    }),
  );
}

async function read(d: Deployment, old: ResourceState): Promise<ResourceState | undefined> {
  const provider = await providerOf(d, old);
  if (!provider) return old;
  let found: { id: string; inputs: PropertyMap; outputs: PropertyMap } | undefined;
  let initErrors: string[] = [];
  try {
    found = await provider.read(context(d, old), old.id, old.inputs, old.outputs);
  } catch (error) {
    if (!(error instanceof InitializationError)) throw error;
    found = { id: error.id, inputs: error.inputs ?? old.inputs, outputs: error.outputs };
    initErrors = error.reasons;
    d.log("warning", error.reasons.join("\n"), old.urn);
  }
  if (!found) {
    d.count("delete", old.urn);
    d.options.display.end({ ...stepOf("delete", old, old), operation: "delete" }, false);
    return undefined;
  }
  const { id, inputs } = found;
  const { additionalSecretOutputs } = old;
  const outputs = withSecretOutputs(found.outputs, { inputs, additionalSecretOutputs });
  const isSame = equalValues(old.outputs, outputs) && equalValues(old.inputs, inputs);
  const now: ResourceState = { ...old, id, inputs, outputs, initErrors };
  if (!isSame) now.modified = new Date().toISOString();
  // What the next `up` of the same program would change back, however long it has been so.
  const diff = await plainDiff(d, now, old.inputs, old.ignoreChanges, provider);
  if (!diff.changes) {
    d.count("same", old.urn);
    return now;
  }
  d.count("refresh", old.urn);
  d.options.display.end({ ...stepOf("refresh", old, old), ...driftOf(old, now) }, false);
  return now;
}

/** What is shown of a drift: from what the program wants, or what the state had, to what is. */
function driftOf(
  old: ResourceState,
  now: ResourceState,
): Pick<Step, "changedKeys" | "detailedDiff" | "olds" | "news"> {
  const candidates: [olds: PropertyMap, news: PropertyMap][] = [[old.inputs, now.inputs]];
  // A provider that reads inputs back answers for them: its other outputs (status, versions) change all the time.
  // A dynamic one reads outputs only, and all of them count.
  if (old.type.startsWith("pulumi-nodejs:")) {
    candidates.push([old.outputs, now.outputs]);
    // What an earlier refresh has found already is in the state: only the program's side still differs.
    const live = Object.entries(old.inputs).map(([key, value]) => [key, now.outputs[key] ?? value]);
    candidates.push([old.inputs, Object.fromEntries(live)]);
  }
  for (const [olds, news] of candidates) {
    const diff = diffMaps(
      mapWithoutSecrets(withoutEngineKeys(olds)),
      mapWithoutSecrets(withoutEngineKeys(news)),
    );
    if (diff.changedKeys.length > 0) return { ...diff, olds, news };
  }
  return { changedKeys: [], detailedDiff: {}, olds: old.outputs, news: now.outputs };
}

function withoutEngineKeys(map: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !key.startsWith("__")));
}

/** References to what is gone would make the state invalid; the CLI drops empty lists here, too. */
export function withoutDangling(resources: ResourceState[]): ResourceState[] {
  const urns = new Set(resources.map((r) => r.urn));
  const kept = (list: string[]) => list.filter((urn) => urns.has(urn));
  return resources.map((r) => ({
    ...r,
    parent: urns.has(r.parent) ? r.parent : "",
    dependencies: kept(r.dependencies),
    propertyDependencies: Object.fromEntries(
      Object.entries(r.propertyDependencies)
        .map(([key, list]) => [key, kept(list)] as const)
        .filter(([, list]) => list.length > 0),
    ),
    deletedWith: urns.has(r.deletedWith) ? r.deletedWith : "",
  }));
}
