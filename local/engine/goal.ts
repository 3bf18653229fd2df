import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Alias as AliasMessage } from "@pulumi/pulumi/proto/alias_pb";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { SourcePosition } from "@pulumi/pulumi/proto/source_pb";
import type { CustomTimeouts, StackFrame } from "./state";
import type { PropertyMap, PropertyValue } from "./values";
import { type Dependencies, fromStruct, fromWireValue } from "./wire";

/** What the program wants a resource to be. */
export interface Goal {
  type: string;
  name: string;
  custom: boolean;
  parent: string;
  inputs: PropertyMap;
  /** Provider reference, or empty for the parent's or the default one. */
  provider: string;
  /** Provider references by package, of a component. */
  providers: Map<string, string>;
  /** Version of the package, for the default provider. */
  version: string;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  protect?: boolean;
  retainOnDelete?: boolean;
  deleteBeforeReplace?: boolean;
  deletedWith: string;
  replaceWith: string[];
  replacementTrigger: PropertyValue;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  additionalSecretOutputs: string[];
  aliases: Alias[];
  customTimeouts: CustomTimeouts;
  sourcePosition: string;
  stackTrace: StackFrame[];
}

/** Another name that a resource had: a whole URN, or the parts that differ from now. */
export type Alias =
  | { urn: string }
  | {
      name?: string;
      type?: string;
      stack?: string;
      project?: string;
      parent?: string;
      noParent?: boolean;
    };

/** What the embedded engine lacks and only the CLI can do. */
export class UnsupportedError extends Error {
  constructor(what: string) {
    super(
      `${what}: the embedded engine lacks this. Install the Pulumi CLI and run the program with it: https://www.pulumi.com/docs/install/`,
    );
    this.name = "UnsupportedError";
  }
}

/** Reads a registration. `root` is the project's folder, which source positions are relative to. */
export function goalOf(request: RegisterResourceRequest, root: string): Goal {
  refuseUnsupported(request);
  const dependencies: Dependencies = new Map();
  for (const [key, list] of request.getPropertydependenciesMap().entries()) {
    dependencies.set(key, new Set(list.getUrnsList()));
  }
  const declared = dependencies.size > 0;
  const inputs = fromStruct(request.getObject(), dependencies);
  const direct = request.getDependenciesList();
  const propertyDependencies: Record<string, string[]> = {};
  for (const key of new Set([...Object.keys(inputs), ...dependencies.keys()])) {
    propertyDependencies[key] = [...(dependencies.get(key) ?? (declared ? [] : direct))];
  }
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent(),
    inputs,
    provider: request.getProvider(),
    providers: new Map(request.getProvidersMap().entries()),
    version: request.getVersion(),
    dependencies: direct,
    propertyDependencies,
    protect: request.hasProtect() ? request.getProtect() : undefined,
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    deleteBeforeReplace:
      request.getDeletebeforereplacedefined() || request.getDeletebeforereplace()
        ? request.getDeletebeforereplace()
        : undefined,
    deletedWith: request.getDeletedwith(),
    replaceWith: request.getReplaceWithList(),
    replacementTrigger: fromWireValue(request.getReplacementTrigger()),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: [
      ...request.getAliasurnsList().map((urn) => ({ urn })),
      ...request.getAliasesList().map(aliasOf),
    ],
    customTimeouts: timeoutsOf(request),
    sourcePosition: positionOf(request.getSourceposition(), root),
    stackTrace: (request.getStacktrace()?.getFramesList() ?? []).map((frame) => {
      const sourcePosition = positionOf(frame.getPc(), root);
      return sourcePosition ? { sourcePosition } : {};
    }),
  };
}

function refuseUnsupported(request: RegisterResourceRequest): void {
  const what = `${request.getType()} "${request.getName()}"`;
  if (request.getRemote()) throw new UnsupportedError(`${what} is a component of another language`);
  if (request.getImportid()) throw new UnsupportedError(`${what} is to be imported`);
  if (request.getTransformsList().length > 0) throw new UnsupportedError(`${what} has transforms`);
  if (request.getStateMigrationsList().length > 0) {
    throw new UnsupportedError(`${what} has state migrations`);
  }
  if (request.getPackageref()) throw new UnsupportedError(`${what} is of a parameterized package`);
  const hooks = Object.values(request.getHooks()?.toObject() ?? {});
  if (hooks.some((list) => list.length > 0)) throw new UnsupportedError(`${what} has hooks`);
}

function aliasOf(message: AliasMessage): Alias {
  const spec = message.getSpec();
  if (!spec) return { urn: message.getUrn() };
  return {
    name: spec.getName() || undefined,
    type: spec.getType() || undefined,
    stack: spec.getStack() || undefined,
    project: spec.getProject() || undefined,
    parent: spec.hasParenturn() ? spec.getParenturn() || undefined : undefined,
    noParent: spec.hasNoparent() ? spec.getNoparent() : undefined,
  };
}

function timeoutsOf(request: RegisterResourceRequest): CustomTimeouts {
  const message = request.getCustomtimeouts();
  const result: CustomTimeouts = {};
  if (message?.getCreate()) result.create = parseDuration(message.getCreate());
  if (message?.getUpdate()) result.update = parseDuration(message.getUpdate());
  if (message?.getDelete()) result.delete = parseDuration(message.getDelete());
  return result;
}

const secondsOf: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 };

/** Seconds of a Go duration such as `1h10m` or `90s`. */
export function parseDuration(text: string): number {
  if (!/^(\d+(\.\d+)?(h|m|s|ms|us|ns))+$/.test(text)) {
    throw new Error(`"${text}" is not a duration; write it as 30s, 10m or 1h30m`);
  }
  let seconds = 0;
  for (const [, count, unit = "s"] of text.matchAll(/(\d+(?:\.\d+)?)(ms|us|ns|h|m|s)/g)) {
    seconds += Number(count) * (secondsOf[unit] ?? 1);
  }
  return seconds;
}

/** `project:///index.ts#33,24`; empty for what lies outside the project. */
function positionOf(position: SourcePosition | undefined, root: string): string {
  const uri = position?.getUri();
  if (!position || !uri?.startsWith("file://")) return "";
  const path = relative(root, fileURLToPath(uri));
  if (path.startsWith("..")) return "";
  const place = `#${position.getLine()}${position.getColumn() ? `,${position.getColumn()}` : ""}`;
  return `project:///${path.split(sep).join("/")}${place}`;
}
