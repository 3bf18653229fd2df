import type { PropertyMap, PropertyValue } from "./values";

/** In seconds, as in the checkpoint; absent where the provider's own default holds. */
export interface CustomTimeouts {
  create?: number;
  update?: number;
  delete?: number;
}

export interface StackFrame {
  sourcePosition?: string;
}

/** One resource as the state holds it. Empty strings, lists and maps are left out when written. */
export interface ResourceState {
  urn: string;
  custom: boolean;
  /** Replaced already; the old object waits for its deletion. */
  delete: boolean;
  /** Empty for components. */
  id: string;
  type: string;
  inputs: PropertyMap;
  outputs: PropertyMap;
  parent: string;
  protect: boolean;
  /** Read, not owned: never deleted. */
  external: boolean;
  dependencies: string[];
  initErrors: string[];
  /** Reference (URN::id) of the provider; empty for components and providers. */
  provider: string;
  propertyDependencies: Record<string, string[]>;
  /** Deleted already; its replacement is yet to be made. */
  pendingReplacement: boolean;
  additionalSecretOutputs: string[];
  /** URNs that this resource had. Used to rename references when written, never written itself. */
  aliases: string[];
  customTimeouts: CustomTimeouts;
  retainOnDelete: boolean;
  deletedWith: string;
  replaceWith: string[];
  /** RFC 3339; empty before the first creation. */
  created: string;
  modified: string;
  sourcePosition: string;
  stackTrace: StackFrame[];
  ignoreChanges: string[];
  replaceOnChanges: string[];
  replacementTrigger: PropertyValue;
  /** Fields of the checkpoint that this engine does not use, kept as they are. */
  rest: Record<string, unknown>;
}

export type OperationType = "creating" | "updating" | "deleting" | "reading";

/** Something that was begun; still there at the next start, it was interrupted. */
export interface PendingOperation {
  resource: ResourceState;
  type: OperationType;
}

export interface Snapshot {
  /** In dependency order: what a resource depends on stands before it. */
  resources: ResourceState[];
  pendingOperations: PendingOperation[];
}

export function newResourceState(
  fields: Pick<ResourceState, "urn" | "type" | "custom"> & Partial<ResourceState>,
): ResourceState {
  return {
    delete: false,
    id: "",
    inputs: {},
    outputs: {},
    parent: "",
    protect: false,
    external: false,
    dependencies: [],
    initErrors: [],
    provider: "",
    propertyDependencies: {},
    pendingReplacement: false,
    additionalSecretOutputs: [],
    aliases: [],
    customTimeouts: {},
    retainOnDelete: false,
    deletedWith: "",
    replaceWith: [],
    created: "",
    modified: "",
    sourcePosition: "",
    stackTrace: [],
    ignoreChanges: [],
    replaceOnChanges: [],
    replacementTrigger: null,
    rest: {},
    ...fields,
  };
}

/** URNs that must exist while `state` does, its provider's among them. */
export function dependenciesOf(state: ResourceState): string[] {
  const urns = new Set<string>(state.dependencies);
  for (const list of Object.values(state.propertyDependencies)) {
    for (const urn of list) urns.add(urn);
  }
  if (state.parent) urns.add(state.parent);
  if (state.deletedWith) urns.add(state.deletedWith);
  for (const urn of state.replaceWith) urns.add(urn);
  if (state.provider) urns.add(state.provider.slice(0, state.provider.lastIndexOf("::")));
  return [...urns];
}
