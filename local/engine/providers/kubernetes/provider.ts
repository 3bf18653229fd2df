import {
  type CheckFailure,
  type DiffResult,
  mapWithoutSecrets,
  type OperationContext,
  type PropertyMap,
  type Provider,
  Unknown,
} from "../../provider";
import { checkInputs } from "./check";
import { ClusterConnection } from "./cluster";
import { diffConfig } from "./config-diff";
import { createObject } from "./create";
import { deleteObject } from "./delete";
import { idOf, nameOf, valueAt } from "./object";
import { diffObject } from "./object-diff";
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

  async diffConfig(oldInputs: PropertyMap, newInputs: PropertyMap): Promise<DiffResult> {
    return diffConfig(oldInputs, newInputs);
  }

  /** Undefined while a part of it is unknown. */
  idOf(_type: string, inputs: PropertyMap): string | undefined {
    const plain = mapWithoutSecrets(inputs);
    const isUnknown = valueAt(plain, "metadata", "namespace") instanceof Unknown;
    return nameOf(plain) === "" || isUnknown ? undefined : idOf(plain);
  }

  isLeaving(outputs: PropertyMap): boolean {
    return valueAt(outputs, "metadata", "deletionTimestamp") !== undefined;
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
    const { cluster, settings } = this.state;
    return diffObject(cluster, settings, { oldInputs, oldOutputs, newInputs, ignoreChanges });
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
