/** Reads single objects of the stack's namespace from the API server. */
import { Writable } from "node:stream";
import {
  ApiException,
  CoreV1Api,
  Exec,
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

/** Runs a command in a pod. Returns both of its output streams, and the reason of a failure. */
export async function execInPod(
  namespace: string,
  pod: string,
  container: string,
  command: string[],
): Promise<{ ok: boolean; output: string }> {
  let output = "";
  const sink = () =>
    new Writable({
      write(chunk, _encoding, done) {
        output += String(chunk);
        done();
      },
    });
  const status = await new Promise<{ status?: string; message?: string }>((resolve, reject) => {
    new Exec(kubeConfig())
      .exec(namespace, pod, container, command, sink(), sink(), null, false, resolve)
      .catch(reject);
  });
  return { ok: status.status === "Success", output: `${output}${status.message ?? ""}` };
}

/** Undefined where it isn't there. */
export function podOf({ namespace }: StackOutputs, name: string): Promise<V1Pod | undefined> {
  return unlessMissing(coreApi().readNamespacedPod({ namespace, name }));
}

/** Undefined where it isn't there. */
export function readNamespace({ namespace }: StackOutputs): Promise<V1Namespace | undefined> {
  return unlessMissing(coreApi().readNamespace({ name: namespace }));
}

/**
 * Keeps a deleted namespace from disappearing until the returned function is called, which may be called several times.
 */
export async function holdNamespace({ namespace }: StackOutputs): Promise<() => Promise<void>> {
  const name = "held-by-a-test";
  const finalizers = ["realtime-analytics.test/held"];
  await coreApi().createNamespacedConfigMap({
    namespace,
    body: { metadata: { name, finalizers } },
  });
  return async () => {
    const held = await unlessMissing(coreApi().readNamespacedConfigMap({ namespace, name }));
    if (!held?.metadata?.finalizers) return;
    const body = { ...held, metadata: { ...held.metadata, finalizers: [] } };
    await unlessMissing(coreApi().replaceNamespacedConfigMap({ namespace, name, body }));
  };
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  }
}
