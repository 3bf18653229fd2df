import type { Deployment } from "./deployment";
import type { Goal } from "./goal";
import { context } from "./operations";
import { contains, parsePath } from "./property-path";
import type { DiffKind, DiffResult, Provider } from "./provider";
import type { ResourceState } from "./state";
import { isProviderType, parseProviderReference } from "./urn";
import { diffMaps } from "./value-diff";
import { equalValues, mapWithoutSecrets, type PropertyMap } from "./values";

const initErrorsKey = "#initerror";

/** What differs between the state and the goal, and whether it needs a replacement. */
export async function diffResource(
  d: Deployment,
  goal: Goal,
  old: ResourceState,
  made: ResourceState,
  provider: Provider | undefined,
): Promise<DiffResult> {
  const forced = forcedReplacement(d, old, made);
  if (forced) return { ...noDiff, changes: true, replaces: [forced] };
  const diff = await plainDiff(d, old, made.inputs, goal.ignoreChanges, provider);
  const wanted = applyReplaceOnChanges(diff, goal.replaceOnChanges, old.initErrors.length > 0);
  if (!wanted.changes || wanted.changedKeys.length > 0) return wanted;
  return { ...wanted, changedKeys: inputsDiff(old.inputs, made.inputs).changedKeys };
}

/** The diff of a resource's inputs, by its provider where it has one. A dynamic one may not say what differs. */
export async function plainDiff(
  d: Deployment,
  old: ResourceState,
  newInputs: PropertyMap,
  ignored: string[],
  provider: Provider | undefined,
): Promise<DiffResult> {
  if (isProviderType(old.type)) {
    const bare = provider?.diffConfig;
    if (bare) return bare.call(provider, old.inputs, newInputs);
    return { ...noDiff, ...inputsDiff(old.inputs, newInputs) };
  }
  if (!old.custom || !provider) return { ...noDiff, ...inputsDiff(old.inputs, newInputs) };
  return provider.diff(context(d, old), old.id, old.inputs, old.outputs, newInputs, ignored);
}

const noDiff: DiffResult = {
  changes: false,
  replaces: [],
  deleteBeforeReplace: false,
  detailedDiff: {},
  changedKeys: [],
};

function inputsDiff(olds: PropertyMap, news: PropertyMap) {
  const diff = diffMaps(mapWithoutSecrets(olds), mapWithoutSecrets(news));
  return { ...diff, changes: diff.changedKeys.length > 0 };
}

/** Reasons that are not the provider's: what it is to be replaced with is, or another object is in charge. */
function forcedReplacement(
  d: Deployment,
  old: ResourceState,
  made: ResourceState,
): string | undefined {
  const trigger = made.replacementTrigger;
  if (
    trigger !== null &&
    old.replacementTrigger !== null &&
    !equalValues(
      mapWithoutSecrets({ trigger }).trigger,
      mapWithoutSecrets({ trigger: old.replacementTrigger }).trigger,
    )
  ) {
    return "replacementTrigger";
  }
  if (made.replaceWith.some((urn) => d.replaced.has(urn))) return "replaceWith";
  if (providerReplaced(d, old, made)) return "provider";
  return undefined;
}

/** Whether the provider of a resource was replaced, not only renamed or updated. */
function providerReplaced(d: Deployment, old: ResourceState, made: ResourceState): boolean {
  if (old.provider === made.provider) return false;
  if (!old.provider || !made.provider) return true;
  const was = parseProviderReference(old.provider);
  const is = parseProviderReference(made.provider);
  return (d.renamed.get(was.urn) ?? was.urn) === is.urn && d.replaced.has(is.urn);
}

/** Goes by what the provider said: a dynamic one whose `diff` names no properties is not made to replace by this. */
function applyReplaceOnChanges(
  diff: DiffResult,
  replaceOnChanges: string[],
  hasInitErrors: boolean,
): DiffResult {
  if ((!diff.changes && !hasInitErrors) || replaceOnChanges.length === 0) return diff;
  const paths = replaceOnChanges.map(parsePath);
  const hit = (text: string) => paths.some((path) => contains(path, parsePath(text)));
  const detailedDiff = { ...diff.detailedDiff };
  const replaces = new Set(diff.replaces);
  for (const [path, entry] of Object.entries(diff.detailedDiff)) {
    if (!hit(path)) continue;
    const kind = `${entry.kind.replace("-replace", "")}-replace` as DiffKind;
    detailedDiff[path] = { ...entry, kind };
    replaces.add(path);
  }
  for (const key of diff.changedKeys) if (hit(key)) replaces.add(key);
  const initErrors = hasInitErrors && paths.some((p) => p[0] === "*" || p[0] === initErrorsKey);
  if (initErrors) replaces.add(initErrorsKey);
  return { ...diff, changes: diff.changes || initErrors, replaces: [...replaces], detailedDiff };
}
