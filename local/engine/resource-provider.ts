import type { Deployment } from "./deployment";
import type { Provider } from "./provider";
import type { ResourceState } from "./state";
import { isProviderType, packageOfType, parseProviderReference } from "./urn";

/**
 * The provider in charge of a resource: none for components; for a provider resource the one that
 * it is, not configured; undefined also when its configuration is not known yet, in a preview.
 */
export async function providerOf(
  d: Deployment,
  state: ResourceState,
): Promise<Provider | undefined> {
  if (!state.custom) return undefined;
  if (isProviderType(state.type)) return d.options.providers.bare(packageOfType(state.type));
  const { providers } = d.options;
  if (!providers.has(state.provider)) attachFromState(d, state);
  return providers.get(state.provider);
}

/** A resource that is only in the state is handled by the provider that the state holds. */
function attachFromState(d: Deployment, state: ResourceState): void {
  const { urn, id } = parseProviderReference(state.provider);
  const provider = d.options.base.resources.find((r) => r.urn === urn && r.id === id);
  if (!provider) {
    throw new Error(
      `the state holds ${state.urn}, but not its provider ${state.provider}. ` +
        "Remove the resource from the state, or put back a backup of it.",
    );
  }
  d.options.providers.set(state.provider, provider.inputs);
}
