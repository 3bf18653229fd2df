import type { PropertyMap } from "../../provider";
import { UnreachableError } from "./api-error";
import type { Cluster } from "./await/wait";
import { ApiClient } from "./client";
import { Discovery, isNamespacedBuiltIn } from "./discovery";
import { Informers } from "./informer";
import { type ClusterAccess, loadKubeconfig } from "./kubeconfig";
import type { GroupVersionKind } from "./object";
import type { ProviderSettings } from "./settings";

/** The cluster that a provider is configured for, which may be out of reach. */
export class ClusterConnection {
  readonly namespace: string;
  private readonly access: ClusterAccess | Error;
  private opened: Cluster | undefined;

  /** A kubeconfig that can't be used is an error only once the cluster is needed. */
  constructor(
    settings: ProviderSettings,
    readonly graceFactor = 1,
  ) {
    this.access = loadOrError(settings);
    const byContext = this.access instanceof Error ? "default" : this.access.namespace;
    this.namespace = settings.namespace ?? byContext;
  }

  /** Throws when the kubeconfig can't be used. */
  open(): Cluster {
    if (this.access instanceof Error) throw this.access;
    if (!this.opened) {
      const client = new ApiClient(this.access);
      this.opened = {
        client,
        discovery: new Discovery(client),
        informers: new Informers(client),
        graceFactor: this.graceFactor,
      };
    }
    return this.opened;
  }

  /** The error when the cluster can't be reached, for previews and for forgetting what it held. */
  async unreachable(): Promise<Error | undefined> {
    try {
      await this.open().client.request({ path: "/version" });
      return undefined;
    } catch (error) {
      if (error instanceof UnreachableError) return error;
      if (this.access instanceof Error) return this.access;
      throw error;
    }
  }

  /** Kinds that the cluster doesn't know, or that can't be asked for, are taken as namespaced. */
  async isNamespaced(gvk: GroupVersionKind): Promise<boolean> {
    const known = isNamespacedBuiltIn(gvk);
    if (known !== undefined) return known;
    try {
      return (await this.open().discovery.resolve(gvk)).namespaced;
    } catch {
      return true;
    }
  }

  close(): void {
    this.opened?.informers.close();
    this.opened?.client.close();
    this.opened = undefined;
  }
}

function loadOrError(settings: ProviderSettings): ClusterAccess | Error {
  try {
    return loadKubeconfig(settings);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What to do about what the embedded engine has not. */
export const installCli = "install the Pulumi CLI (https://www.pulumi.com/docs/install/)";

/** Whether the inputs are of a kind that only the Pulumi CLI's provider can make; says why. */
export function refusal(type: string, inputs: PropertyMap): string | undefined {
  const kind = type.slice(type.lastIndexOf(":") + 1);
  if (kind.endsWith("List") && inputs.items !== undefined) {
    return `${type} can't be made directly: use the resources of the list's items`;
  }
  if (kind.endsWith("Patch") && kind !== "Patch") {
    return `${type}: patch resources are not supported by the embedded engine: ${installCli}`;
  }
  if (JSON.stringify(inputs).includes('"x_kubernetes_')) {
    return `${type}: x_kubernetes_ fields of a schema are not supported by the embedded engine: ${installCli}`;
  }
  if (/^kubernetes:(helm\.sh|yaml|kustomize)/.test(type)) {
    return `${type} is not supported by the embedded engine: ${installCli}`;
  }
  return undefined;
}
