import {
  type CheckFailure,
  containsUnknown,
  type DiffResult,
  mapWithoutSecrets,
  type OperationContext,
  type PropertyMap,
  type Provider,
} from "../../provider";
import { annotations, isAnnotationTrue } from "./annotations";
import { checkInputs } from "./check";
import { fromCheckpoint } from "./checkpoint";
import { ClusterConnection } from "./cluster";
import { createObject } from "./create";
import { deleteObject } from "./delete";
import { detailedDiff, isAtOrUnder, splitPath } from "./diff";
import { forceNewFields } from "./force-new";
import { isNamed } from "./naming";
import { normalizeInputs } from "./normalize";
import { gvkOf, nameOf, namespaceOf, valueAt, withoutValueAt, withValueAt } from "./object";
import { pruneToShape } from "./prune";
import { readObject } from "./read";
import { type ProviderSettings, parseSettings } from "./settings";
import { updateObject } from "./update";

/** All kinds of Kubernetes objects, made as the Pulumi provider makes them. */
export class KubernetesProvider implements Provider {
  private configured: { settings: ProviderSettings; cluster: ClusterConnection } | undefined;
  /** By URN: an update leaves to other managers what the program ignores. */
  private readonly ignored = new Map<string, string[]>();

  constructor(private readonly graceFactor = 1) {}

  async configure(inputs: PropertyMap): Promise<void> {
    await this.close();
    const settings = parseSettings(inputs);
    this.configured = { settings, cluster: new ClusterConnection(settings, this.graceFactor) };
  }

  async check(
    ctx: OperationContext,
    olds: PropertyMap | undefined,
    news: PropertyMap,
    randomSeed: Buffer,
  ): Promise<{ inputs: PropertyMap; failures: CheckFailure[] }> {
    return checkInputs(ctx, this.state.cluster, olds, news, randomSeed);
  }

  async diff(
    ctx: OperationContext,
    _id: string,
    oldInputs: PropertyMap,
    oldOutputs: PropertyMap,
    newInputs: PropertyMap,
    ignoreChanges: string[],
  ): Promise<DiffResult> {
    this.ignored.set(ctx.urn, ignoreChanges);
    const { live, inputs } = fromCheckpoint(oldOutputs);
    const shape = Object.keys(inputs).length > 0 ? inputs : mapWithoutSecrets(oldInputs);
    const namespaced = await this.state.cluster.isNamespaced(gvkOf(mapWithoutSecrets(newInputs)));
    const news = withCanonicalNamespace(normalizeInputs(mapWithoutSecrets(newInputs)), namespaced);
    const isNameKnown = nameOf(news) !== "";
    const pruned = withCanonicalNamespace(pruneToShape(live, normalizeInputs(shape)), namespaced);
    const old = isNameKnown ? withValueAt(pruned, ["metadata", "name"], nameOf(live)) : pruned;

    const differences = detailedDiff(old, news, forceNewFields(news, this.state.settings));
    for (const path of Object.keys(differences)) {
      const isIgnored = ignoreChanges.some((parent) => isAtOrUnder(path, parent));
      if (isIgnored || wasSetToNothing(path, shape, news)) delete differences[path];
    }
    const replaces = Object.entries(differences)
      .filter(
        ([path, { kind }]) =>
          kind.endsWith("-replace") || (kind === "delete" && path === "metadata"),
      )
      .map(([path]) => path);
    const isSameName = nameOf(news) === nameOf(live) && namespaceOf(news) === namespaceOf(live);
    return {
      changes: Object.keys(differences).length > 0,
      replaces,
      deleteBeforeReplace:
        replaces.length > 0 &&
        isNamed(news) &&
        !isAnnotationTrue(news, annotations.autonamed) &&
        isSameName,
      detailedDiff: differences,
      changedKeys: [...new Set(Object.keys(differences).map((path) => splitPath(path)[0] ?? path))],
    };
  }

  async create(ctx: OperationContext, inputs: PropertyMap) {
    return createObject(ctx, this.state.cluster, this.state.settings, inputs);
  }

  async read(ctx: OperationContext, id: string, inputs: PropertyMap, outputs: PropertyMap) {
    return readObject(ctx, this.state.cluster, this.state.settings, id, inputs, outputs);
  }

  async update(
    ctx: OperationContext,
    _id: string,
    _oldInputs: PropertyMap,
    oldOutputs: PropertyMap,
    newInputs: PropertyMap,
  ) {
    const ignored = this.ignored.get(ctx.urn) ?? [];
    const { cluster, settings } = this.state;
    return updateObject(ctx, cluster, settings, oldOutputs, newInputs, ignored);
  }

  async delete(ctx: OperationContext, id: string, _inputs: PropertyMap, outputs: PropertyMap) {
    return deleteObject(ctx, this.state.cluster, this.state.settings, id, outputs);
  }

  async close(): Promise<void> {
    this.configured?.cluster.close();
    this.configured = undefined;
  }

  private get state() {
    if (!this.configured)
      throw new Error("the Kubernetes provider is used before it is configured");
    return this.configured;
  }
}

/** An unset namespace is `default`; an object outside of namespaces has none. */
function withCanonicalNamespace(object: PropertyMap, namespaced: boolean): PropertyMap {
  if (!namespaced) return withoutValueAt(object, ["metadata", "namespace"]);
  if (valueAt(object, "metadata", "namespace")) return object;
  return withValueAt(object, ["metadata", "namespace"], "default");
}

/**
 * The server leaves empty values away (`false`, `""`, `[]`), so that an input of one is not found
 * live; as long as the program said the same before, nothing has changed.
 */
function wasSetToNothing(path: string, oldInputs: PropertyMap, news: PropertyMap): boolean {
  const parts = splitPath(path);
  const input = followPath(news, parts);
  if (input === undefined || containsUnknown(input)) return false;
  const isNothing =
    input === false ||
    input === 0 ||
    input === "" ||
    (typeof input === "object" && input !== null && Object.keys(input).length === 0);
  return isNothing && JSON.stringify(followPath(oldInputs, parts)) === JSON.stringify(input);
}

function followPath(object: PropertyMap, parts: readonly string[]) {
  let value: PropertyMap[string] | undefined = object;
  for (const part of parts) {
    if (Array.isArray(value)) value = value[Number(part)];
    else value = valueAt(value, part);
  }
  return value;
}
