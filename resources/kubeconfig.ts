import type { CoreV1Api, KubeConfig } from "@kubernetes/client-node";

/** Which cluster to use. */
export interface ClusterAccess {
  /** Default: the kubeconfig's current context. */
  readonly context?: string;
  /** The kubeconfig's path. Default: what KUBECONFIG names, else ~/.kube/config. */
  readonly file?: string;
}

/** @throws Error for a context that the kubeconfig does not have, with those that it has */
export async function openKubeconfig(access: ClusterAccess = {}): Promise<KubeConfig> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  return readKubeconfig(new KubeConfig(), access);
}

/** Reads the kubeconfig into an empty one; throws as `openKubeconfig` does. */
export function readKubeconfig(config: KubeConfig, { context, file }: ClusterAccess): KubeConfig {
  if (file === undefined) config.loadFromDefault();
  else config.loadFromFile(file);
  if (context === undefined) return config;
  const names = config.getContexts().map(({ name }) => name);
  if (!names.includes(context)) {
    throw new Error(
      `kubeconfig has no context "${context}", only ${names.join(", ") || "none"}: set KUBECONFIG to the file that has it`,
    );
  }
  config.setCurrentContext(context);
  return config;
}

/** The core API of the cluster; throws as `openKubeconfig` does. */
export async function coreApi(access: ClusterAccess = {}): Promise<CoreV1Api> {
  const { CoreV1Api } = await import("@kubernetes/client-node");
  return (await openKubeconfig(access)).makeApiClient(CoreV1Api);
}
