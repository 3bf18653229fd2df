import type { Deployment } from "./deployment";
import { plainDiff } from "./diffing";
import { providerOf } from "./resource-provider";
import type { ResourceState } from "./state";
import { parseProviderReference } from "./urn";
import { type PropertyMap, unknown } from "./values";

/**
 * What must be deleted before `root` can be, in dependency order: each resource whose inputs depend on one of those and
 * whose provider would replace it if they changed. A `dependsOn` or `deletedWith` alone, or an input that can change in
 * place, is no reason.
 */
export async function dependentReplacements(
  d: Deployment,
  root: ResourceState,
): Promise<ResourceState[]> {
  const condemned = new Set([root.urn]);
  const dependents = new Set([root.urn]);
  const result: ResourceState[] = [];
  const { resources } = d.options.base;
  for (const state of resources.slice(resources.indexOf(root) + 1)) {
    if (state.delete || d.deletedStates.has(state) || !dependsOnAny(state, dependents)) continue;
    // What is registered already cannot depend on what is only now being registered.
    if (d.news.has(d.renamed.get(state.urn) ?? state.urn)) continue;
    dependents.add(state.urn);
    if (!(await mustGo(d, state, condemned))) continue;
    if (state.protect) {
      throw new Error(
        `unable to replace resource "${state.urn}" as part of replacing "${root.urn}" as it is currently marked for protection. ` +
          "Remove the `protect` flag from the resource in the program and run up first.",
      );
    }
    condemned.add(state.urn);
    result.push(state);
  }
  return result;
}

function dependsOnAny(state: ResourceState, urns: Set<string>): boolean {
  const provider = state.provider && parseProviderReference(state.provider).urn;
  return (
    state.dependencies.some((urn) => urns.has(urn)) ||
    Object.values(state.propertyDependencies).some((list) => list.some((urn) => urns.has(urn))) ||
    urns.has(state.deletedWith) ||
    state.replaceWith.some((urn) => urns.has(urn)) ||
    (provider !== "" && urns.has(provider))
  );
}

async function mustGo(
  d: Deployment,
  state: ResourceState,
  condemned: Set<string>,
): Promise<boolean> {
  if (!state.custom || state.external) return false;
  if (state.provider && condemned.has(parseProviderReference(state.provider).urn)) return true;
  if (state.replaceWith.some((urn) => condemned.has(urn))) return true;
  const inputs: PropertyMap = {};
  let affected = false;
  for (const [key, value] of Object.entries(state.inputs)) {
    const depends = (state.propertyDependencies[key] ?? []).some((urn) => condemned.has(urn));
    inputs[key] = depends ? unknown : value;
    affected ||= depends;
  }
  if (!affected) return false;
  const provider = await providerOf(d, state);
  const diff = await plainDiff(d, state, inputs, state.ignoreChanges, provider);
  return diff.changes && diff.replaces.length > 0;
}
