import { createHash } from "node:crypto";
import { parseMap, parseValue, serializeMap, serializeValue } from "./checkpoint-values";
import type { Crypter } from "./secrets";
import { newResourceState, type ResourceState, type Snapshot } from "./state";

// Version 3 of the Pulumi CLI's checkpoint (sdk/go/common/apitype/core.go): the names and the order
// of the fields are its own, and what is empty is left out.

type Json = Record<string, unknown>;

/** Of the CLI whose format this is; the manifest's magic is made from it. */
const manifestVersion = "3.270.0";

/** The salt in a checkpoint's `secrets_providers`, if it has one. */
export function saltOfCheckpoint(text: string, path: string): string | undefined {
  const providers = latestOf(text, path).secrets_providers as Json | undefined;
  if (!providers) return undefined;
  if (providers.type !== "passphrase") {
    throw new Error(
      `${path}: its secrets are encrypted by "${String(providers.type)}", and the embedded engine knows only "passphrase". ` +
        "Use the Pulumi CLI for this stack: https://www.pulumi.com/docs/install/",
    );
  }
  return (providers.state as { salt?: string } | undefined)?.salt;
}

/** Reads a checkpoint. `path` is for messages. */
export function parseCheckpoint(text: string, path: string, crypter: Crypter): Snapshot {
  const latest = latestOf(text, path);
  const resources = (latest.resources as Json[] | undefined) ?? [];
  const operations = (latest.pending_operations as Json[] | undefined) ?? [];
  return {
    resources: resources.map((r) => parseResource(r, crypter)),
    pendingOperations: operations.map((o) => ({
      resource: parseResource(o.resource as Json, crypter),
      type: o.type as Snapshot["pendingOperations"][number]["type"],
    })),
  };
}

/** The text of a checkpoint, one line, as the CLI writes it. */
export function renderCheckpoint(stack: string, snapshot: Snapshot, crypter: Crypter): string {
  const renamed = renameAliased(snapshot);
  const latest: Json = {
    manifest: {
      time: new Date().toISOString(),
      magic: createHash("sha256").update(manifestVersion).digest("hex"),
      version: manifestVersion,
    },
    secrets_providers: { type: "passphrase", state: { salt: crypter.salt } },
  };
  if (renamed.resources.length > 0) {
    latest.resources = renamed.resources.map((r) => renderResource(r, crypter));
  }
  if (renamed.pendingOperations.length > 0) {
    latest.pending_operations = renamed.pendingOperations.map((o) => ({
      resource: renderResource(o.resource, crypter),
      type: o.type,
    }));
  }
  latest.metadata = {};
  return JSON.stringify({ version: 3, checkpoint: { stack, latest } });
}

function latestOf(text: string, path: string): Json {
  let parsed: { version?: number; checkpoint?: { latest?: Json } };
  try {
    parsed = JSON.parse(text) as typeof parsed;
  } catch (error) {
    throw new Error(
      `${path} is not JSON (${(error as Error).message}). The state before the last write is ${path}.bak`,
    );
  }
  if (parsed.version !== 3) {
    throw new Error(
      `${path} is a checkpoint of version ${parsed.version}, and the embedded engine knows version 3. ` +
        "Use the Pulumi CLI for this stack: https://www.pulumi.com/docs/install/",
    );
  }
  return parsed.checkpoint?.latest ?? {};
}

const known = new Set([
  "urn",
  "custom",
  "delete",
  "id",
  "type",
  "inputs",
  "outputs",
  "parent",
  "protect",
  "external",
  "dependencies",
  "initErrors",
  "provider",
  "propertyDependencies",
  "pendingReplacement",
  "additionalSecretOutputs",
  "aliases",
  "customTimeouts",
  "retainOnDelete",
  "deletedWith",
  "replaceWith",
  "created",
  "modified",
  "sourcePosition",
  "stackTrace",
  "ignoreChanges",
  "replaceOnChanges",
  "replacementTrigger",
]);

function parseResource(json: Json, crypter: Crypter): ResourceState {
  const { inputs, outputs, replacementTrigger, ...fields } = json;
  const rest: Json = {};
  for (const [key, value] of Object.entries(fields)) {
    if (!known.has(key)) {
      rest[key] = value;
      delete fields[key];
    }
  }
  return {
    ...newResourceState(fields as unknown as ResourceState),
    inputs: parseMap((inputs as Json | undefined) ?? {}, crypter),
    outputs: parseMap((outputs as Json | undefined) ?? {}, crypter),
    replacementTrigger: parseValue(replacementTrigger ?? null, crypter),
    rest,
  };
}

function renderResource(state: ResourceState, crypter: Crypter): Json {
  const { rest } = state;
  return withoutEmpty({
    urn: state.urn,
    custom: state.custom,
    delete: state.delete,
    id: state.id,
    type: state.type,
    inputs: serializeMap(state.inputs, crypter),
    outputs: serializeMap(state.outputs, crypter),
    parent: state.parent,
    protect: state.protect,
    taint: rest.taint,
    external: state.external,
    dependencies: state.dependencies,
    initErrors: state.initErrors,
    provider: state.provider,
    propertyDependencies: sortKeys(state.propertyDependencies),
    pendingReplacement: state.pendingReplacement,
    additionalSecretOutputs: state.additionalSecretOutputs,
    customTimeouts: state.customTimeouts,
    importID: rest.importID,
    retainOnDelete: state.retainOnDelete,
    deletedWith: state.deletedWith,
    replaceWith: state.replaceWith,
    created: state.created,
    modified: state.modified,
    sourcePosition: state.sourcePosition,
    stackTrace: state.stackTrace,
    ignoreChanges: state.ignoreChanges,
    hideDiff: rest.hideDiff,
    replaceOnChanges: state.replaceOnChanges,
    replacementTrigger: serializeValue(state.replacementTrigger, crypter),
    ...rest,
  });
}

/** Leaves out what Go's `omitempty` does; `custom` is always written. */
function withoutEmpty(fields: Json): Json {
  const result: Json = {};
  for (const [key, value] of Object.entries(fields)) {
    const empty =
      value === undefined ||
      value === null ||
      value === "" ||
      value === false ||
      (Array.isArray(value) && value.length === 0) ||
      (typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0);
    if (!empty || key === "custom") result[key] = value;
  }
  return result;
}

function sortKeys<T>(map: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A resource that was renamed by an alias is referred to by its new URN everywhere. */
function renameAliased(snapshot: Snapshot): Snapshot {
  const renames = new Map<string, string>();
  for (const r of snapshot.resources) for (const a of r.aliases) renames.set(a, r.urn);
  if (renames.size === 0) return snapshot;
  const fix = (urn: string) => renames.get(urn) ?? urn;
  const fixProvider = (reference: string) => {
    const at = reference.lastIndexOf("::");
    return at < 0 ? reference : fix(reference.slice(0, at)) + reference.slice(at);
  };
  const fixState = (r: ResourceState): ResourceState => ({
    ...r,
    urn: fix(r.urn),
    parent: fix(r.parent),
    provider: fixProvider(r.provider),
    dependencies: r.dependencies.map(fix),
    propertyDependencies: Object.fromEntries(
      Object.entries(r.propertyDependencies).map(([key, urns]) => [key, urns.map(fix)]),
    ),
    deletedWith: fix(r.deletedWith),
  });
  return {
    resources: snapshot.resources.map(fixState),
    pendingOperations: snapshot.pendingOperations.map((o) => ({
      ...o,
      resource: fixState(o.resource),
    })),
  };
}
