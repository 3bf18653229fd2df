import { createHash } from "node:crypto";
import { aliasUrns } from "./aliases";
import type { Deployment } from "./deployment";
import { diffResource } from "./diffing";
import type { Operation, Step } from "./display/events";
import type { Goal } from "./goal";
import { attachProvider, context, create, remove, update, withSecretOutputs } from "./operations";
import { ignoreChanges } from "./property-path";
import type { DiffResult, Provider } from "./provider";
import { dependentReplacements } from "./replacement";
import { providerOf } from "./resource-provider";
import { newResourceState, type ResourceState } from "./state";
import { isProviderType, makeUrn, packageOfType } from "./urn";
import { equalValues, type PropertyMap } from "./values";

/**
 * Brings one resource to what the program wants, and resolves to its new state. Throws after having
 * told the error to the display.
 */
export async function registerResource(d: Deployment, goal: Goal): Promise<ResourceState> {
  const urn = makeUrn(d.options.stack, d.options.project, goal.parent, goal.type, goal.name);
  try {
    return await d.track(() => register(d, goal, urn));
  } catch (error) {
    throw d.fail(error, urn);
  }
}

async function register(d: Deployment, goal: Goal, urn: string): Promise<ResourceState> {
  d.mayBegin();
  if (d.news.has(urn)) {
    throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
  }
  if (goal.custom && !isProviderType(goal.type)) {
    d.options.providers.refuseUnknown(packageOfType(goal.type), goal.type);
  }
  const old = findOld(d, goal, urn);
  const made = stateOfGoal(goal, urn, old);
  d.news.set(urn, made);
  const provider = await d.questions.run(() => providerOf(d, made));
  await check(d, goal, made, d.deleted.has(urn) ? undefined : old, provider);
  d.mayBegin();
  if (!old || old.external) {
    await create(d, stepOf("create", made), made, provider, undefined);
    return made;
  }
  if (d.deleted.has(urn)) return recreate(d, goal, old, made, provider);
  const diff = await d.questions.run(() => diffResource(d, goal, old, made, provider));
  if (diff.replaces.length > 0 && diff.changes) return replace(d, goal, old, made, provider, diff);
  if (old.pendingReplacement) return replace(d, goal, old, made, provider, diff);
  if (diff.changes || old.initErrors.length > 0) {
    await update(d, stepOf("update", made, old, diff), old, made, provider);
    return made;
  }
  return keep(d, old, made);
}

/** The state's resource of this URN, else of an alias, which is nobody else's. */
function findOld(d: Deployment, goal: Goal, urn: string): ResourceState | undefined {
  const claimant = d.renamed.get(urn);
  if (claimant !== undefined) {
    throw new Error(
      `Duplicate resource URN '${urn}' conflicting with alias on resource with URN '${claimant}'`,
    );
  }
  const own = d.olds.get(urn);
  if (own) return own;
  for (const alias of aliasUrns(d, goal)) {
    const old = d.olds.get(alias);
    if (!old) continue;
    const owner = d.news.has(alias) ? alias : d.renamed.get(alias);
    if (owner !== undefined) {
      throw new Error(
        `Duplicate resource alias '${alias}' applied to resource with URN '${urn}' conflicting with resource with URN '${owner}'`,
      );
    }
    d.renamed.set(alias, urn);
    return old;
  }
  return undefined;
}

function stateOfGoal(goal: Goal, urn: string, old: ResourceState | undefined): ResourceState {
  return newResourceState({
    urn,
    type: goal.type,
    custom: goal.custom,
    inputs: old ? ignoreChanges(goal.inputs, old.inputs, goal.ignoreChanges) : goal.inputs,
    parent: goal.parent,
    protect: goal.protect ?? false,
    dependencies: goal.dependencies,
    provider: goal.provider,
    propertyDependencies: goal.propertyDependencies,
    additionalSecretOutputs: goal.additionalSecretOutputs,
    aliases: old && old.urn !== urn ? [old.urn] : [],
    customTimeouts: goal.customTimeouts,
    retainOnDelete: goal.retainOnDelete ?? false,
    deletedWith: goal.deletedWith,
    replaceWith: goal.replaceWith,
    replacementTrigger: goal.replacementTrigger,
    sourcePosition: goal.sourcePosition,
    stackTrace: goal.stackTrace,
    ignoreChanges: goal.ignoreChanges,
    replaceOnChanges: goal.replaceOnChanges,
  });
}

/** Has the provider validate the inputs and fill in defaults. Throws with all that it refuses. */
async function check(
  d: Deployment,
  goal: Goal,
  made: ResourceState,
  old: ResourceState | undefined,
  provider: Provider | undefined,
): Promise<void> {
  if (isProviderType(made.type)) {
    const { __internal, ...config } = made.inputs;
    const checked = provider?.checkConfig ? await provider.checkConfig(config) : config;
    made.inputs = __internal === undefined ? checked : { ...checked, __internal };
    return;
  }
  if (!made.custom || !provider) return;
  const news = old ? made.inputs : goal.inputs;
  // An object that a creation cut short may have left keeps the name that was made up for it, and so is found again.
  const olds = old?.inputs ?? (provider.idOf && interruptedCreation(d, made.urn)?.inputs);
  const { inputs, failures } = await d.questions.run(() =>
    provider.check(context(d, made), olds, news, seedOf(d, made)),
  );
  if (failures.length > 0) {
    const reasons = failures.map(({ property, reason }) =>
      property
        ? `${made.type} resource '${goal.name}': property ${property}: ${reason}`
        : `${made.type} resource '${goal.name}' has a problem: ${reason}`,
    );
    throw new Error(reasons.join("\n"));
  }
  made.inputs = inputs;
}

function interruptedCreation(d: Deployment, urn: string): ResourceState | undefined {
  const { pendingOperations } = d.options.base;
  return pendingOperations.find((o) => o.type === "creating" && o.resource.urn === urn)?.resource;
}

const runSeed = `${process.pid}-${Date.now()}-${Math.random()}`;

/** Random between runs: an object's replacement must not get the name that the object has. */
function seedOf(_d: Deployment, made: ResourceState): Buffer {
  return createHash("sha256").update(`${runSeed}-${made.urn}`).digest();
}

/** The old object was deleted ahead, together with what it depended on. */
async function recreate(
  d: Deployment,
  goal: Goal,
  old: ResourceState,
  made: ResourceState,
  provider: Provider | undefined,
): Promise<ResourceState> {
  d.deleted.delete(made.urn);
  made.inputs = goal.inputs;
  await check(d, goal, made, undefined, provider);
  d.count("replace", made.urn);
  await create(d, stepOf("create-replacement", made, old), made, provider, old);
  return made;
}

async function replace(
  d: Deployment,
  goal: Goal,
  old: ResourceState,
  made: ResourceState,
  provider: Provider | undefined,
  diff: DiffResult,
): Promise<ResourceState> {
  if (made.protect && old.protect) {
    throw new Error(
      `unable to replace resource "${made.urn}"\nas it is currently marked for protection. To unprotect the resource, ` +
        "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`",
    );
  }
  d.replaced.add(made.urn);
  // Names that the old object has must not be carried over to the one beside it.
  made.inputs = goal.inputs;
  await check(d, goal, made, undefined, provider);
  const step = stepOf("create-replacement", made, old, diff);
  const ahead = goal.deleteBeforeReplace ?? diff.deleteBeforeReplace;
  if (ahead && !old.pendingReplacement) await deleteAhead(d, old, step);
  // It is one once the old object has gone for it, or else once the new one is there.
  if (ahead) d.count("replace", made.urn);
  await create(d, step, made, provider, old);
  if (!ahead) d.count("replace", made.urn);
  return made;
}

/** Deletes an object before its replacement is made, and before it what cannot live without it. */
async function deleteAhead(d: Deployment, old: ResourceState, step: Step): Promise<void> {
  const dependents = await d.decisions.run(async () => {
    const found = await dependentReplacements(d, old);
    for (const state of [...found, old]) {
      d.deleted.add(state.urn);
      d.deletedStates.add(state);
    }
    return found;
  });
  for (const dependent of dependents.toReversed()) {
    const { operation: _, ...rest } = stepOf("delete-replaced", dependent);
    await remove(
      d,
      { ...rest, operation: "delete-replaced" },
      dependent,
      () => providerOf(d, dependent),
      { ahead: true },
    );
  }
  const { changedKeys, detailedDiff } = step;
  const deletion = { ...stepOf("delete-replaced", old), changedKeys, detailedDiff };
  await remove(d, deletion, old, () => providerOf(d, old), { ahead: true });
}

async function keep(
  d: Deployment,
  old: ResourceState,
  made: ResourceState,
): Promise<ResourceState> {
  made.id = old.id;
  made.outputs = withSecretOutputs(old.outputs, made);
  made.created = old.created;
  made.modified = old.modified;
  attachProvider(d, made);
  d.count("same", made.urn);
  d.show((display) => display.end(stepOf("same", made, old), false), made.urn);
  if (!d.preview) await d.snapshots.same(old, made, isWorthWriting(old, made));
  return made;
}

/** Source positions alone are written with the next change, as the CLI does. */
function isWorthWriting(old: ResourceState, made: ResourceState): boolean {
  const facts = (s: ResourceState) =>
    JSON.stringify([
      s.urn,
      s.type,
      s.custom,
      s.provider,
      s.parent,
      s.protect,
      s.deletedWith,
      s.replaceWith,
      s.retainOnDelete,
      s.customTimeouts,
      s.dependencies.toSorted(),
    ]);
  return (
    facts(old) !== facts(made) ||
    !equalValues(old.inputs, made.inputs) ||
    !equalValues(old.outputs, made.outputs) ||
    !equalValues(old.replacementTrigger, made.replacementTrigger)
  );
}

/** What the display is told. */
export function stepOf(
  operation: Operation,
  state: ResourceState,
  old?: ResourceState,
  diff?: DiffResult,
): Step {
  const type = state.type;
  return {
    operation,
    urn: state.urn,
    type,
    name: state.urn.split("::").slice(3).join("::"),
    parent: state.parent,
    id: old?.id || state.id || undefined,
    provider: state.provider || undefined,
    protect: state.protect,
    changedKeys: diff?.changedKeys ?? [],
    detailedDiff: diff?.detailedDiff ?? {},
    replaceKeys: diff?.replaces ?? [],
    olds: old?.inputs as PropertyMap | undefined,
    news: state.inputs,
  };
}
