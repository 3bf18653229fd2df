import { dependenciesOf, type ResourceState, type Snapshot } from "./state";
import { isProviderType, parseUrn, providerReference } from "./urn";

/**
 * What the Pulumi CLI holds against a state before it works on it (VerifyIntegrity in its
 * pkg/resource/deploy/snapshot.go), and the form of URNs and ids. One sentence a fault; empty for a state that it takes.
 */
export function integrityFaults(snapshot: Snapshot): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  const providers = new Set<string>();
  const all = new Set(snapshot.resources.map((r) => r.urn));
  for (const state of snapshot.resources) {
    faults.push(...faultsOf(state));
    if (isProviderType(state.type)) providers.add(providerReference(state.urn, state.id));
    if (state.provider && !providers.has(state.provider) && !state.pendingReplacement) {
      faults.push(`${state.urn} refers to the unknown provider ${state.provider}`);
    }
    for (const urn of dependenciesOf(state)) {
      if (seen.has(urn)) continue;
      const how = all.has(urn) ? "comes after it" : "is missing";
      faults.push(`${state.urn} depends on ${urn}, which ${how}`);
    }
    seen.add(state.urn);
  }
  return [...faults, ...duplicates(snapshot.resources)];
}

function faultsOf(state: ResourceState): string[] {
  const faults: string[] = [];
  if (!/^urn:pulumi:[^:]+::[^:]+::.+::.+$/.test(state.urn)) {
    faults.push(`"${state.urn}" is not of the form urn:pulumi:<stack>::<project>::<type>::<name>`);
  } else if (parseUrn(state.urn).type !== state.type) {
    faults.push(`${state.urn} has the type "${state.type}"`);
  }
  if (!state.custom && state.id)
    faults.push(`${state.urn} is a component and has the id ${state.id}`);
  if (state.custom && !state.id) faults.push(`${state.urn} has no id`);
  return faults;
}

/** Of one URN all but one at most may wait for their deletion. */
function duplicates(resources: readonly ResourceState[]): string[] {
  const live = new Set<string>();
  const twice = new Set<string>();
  for (const { urn, delete: waits } of resources) {
    if (waits) continue;
    if (live.has(urn)) twice.add(urn);
    live.add(urn);
  }
  return [...twice].map((urn) => `${urn} is there twice, not marked for deletion`);
}
