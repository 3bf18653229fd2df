/** Single objects of the stack's namespace, straight from the API server. */
import {
  ApiException,
  CoreV1Api,
  KubeConfig,
  type V1Namespace,
  type V1Pod,
} from "@kubernetes/client-node";
import type { StackOutputs } from "../../verify/outputs";

export function kubeConfig(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(process.env.KUBECONFIG ?? "");
  return config;
}

export function coreApi(): CoreV1Api {
  return kubeConfig().makeApiClient(CoreV1Api);
}

/** Undefined where it isn't there. */
export function podOf({ namespace }: StackOutputs, name: string): Promise<V1Pod | undefined> {
  return unlessMissing(coreApi().readNamespacedPod({ namespace, name }));
}

/** Undefined where it isn't there. */
export function readNamespace({ namespace }: StackOutputs): Promise<V1Namespace | undefined> {
  return unlessMissing(coreApi().readNamespace({ name: namespace }));
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  }
}
