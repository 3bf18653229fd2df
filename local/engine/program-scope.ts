import type { Deployment } from "./deployment";
import type { Goal } from "./goal";
import { registerResource } from "./registration";
import {
  packageOfType,
  parseProviderReference,
  parseUrn,
  providerReference,
  providerType,
} from "./urn";
import type { PropertyMap } from "./values";

/** What a program has registered, for what children take over from their parents. */
export interface ProgramScope {
  readonly goals: Map<string, Goal>;
  /** References of the default providers, by package and version. */
  readonly defaults: Map<string, Promise<string>>;
}

export function createScope(): ProgramScope {
  return { goals: new Map(), defaults: new Map() };
}

/** A child goes with its parent, and by the parent's protection and providers, unless it says otherwise. */
export function inheritFromParent(scope: ProgramScope, goal: Goal): void {
  const parent = scope.goals.get(goal.parent);
  if (!parent) return;
  goal.deletedWith ||= parent.deletedWith;
  goal.protect ??= parent.protect;
  goal.retainOnDelete ??= parent.retainOnDelete;
  if (goal.custom) return;
  goal.provider ||= parent.provider;
  goal.providers = new Map([...parent.providers, ...goal.providers]);
}

/** The provider that a resource names, its parents hold for its package, or the default one. */
export async function resolveProvider(
  d: Deployment,
  scope: ProgramScope,
  goal: Pick<Goal, "type" | "provider" | "parent" | "version">,
): Promise<string> {
  if (goal.provider) return goal.provider;
  const packageName = packageOfType(goal.type);
  for (let urn = goal.parent; urn; urn = scope.goals.get(urn)?.parent ?? "") {
    const parent = scope.goals.get(urn);
    const held = parent?.providers.get(packageName) ?? parent?.provider;
    if (held && parseUrn(parseProviderReference(held).urn).type === providerType(packageName)) {
      return held;
    }
  }
  return defaultProvider(d, scope, packageName, goal.version);
}

function defaultProvider(
  d: Deployment,
  scope: ProgramScope,
  packageName: string,
  version: string,
): Promise<string> {
  d.options.providers.refuseUnknown(packageName, packageName);
  const key = `${packageName}@${version}`;
  let registering = scope.defaults.get(key);
  registering ??= registerDefaultProvider(d, packageName, version);
  scope.defaults.set(key, registering);
  return registering;
}

/** Named as the CLI names it: `default`, or `default_4_21_2` where the SDK asks for a version. */
async function registerDefaultProvider(
  d: Deployment,
  packageName: string,
  version: string,
): Promise<string> {
  const inputs: PropertyMap = { ...d.options.configOf(packageName) };
  const name = version ? `default_${version.replace(/[.+-]/g, "_")}` : "default";
  const state = await registerResource(d, {
    type: providerType(packageName),
    name,
    custom: true,
    parent: "",
    inputs: withVersion(inputs, version),
    provider: "",
    providers: new Map(),
    version: "",
    dependencies: [],
    propertyDependencies: {},
    deletedWith: "",
    replaceWith: [],
    replacementTrigger: null,
    ignoreChanges: [],
    replaceOnChanges: [],
    additionalSecretOutputs: [],
    aliases: [],
    customTimeouts: {},
    sourcePosition: "",
    stackTrace: [],
  });
  return providerReference(state.urn, state.id);
}

/** The CLI notes a plugin's version beside a provider's own settings. */
export function withVersion(inputs: PropertyMap, version: string): PropertyMap {
  return version ? { ...inputs, __internal: {}, version } : inputs;
}
