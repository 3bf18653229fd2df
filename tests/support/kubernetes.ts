/** Reads single objects of the stack's namespace from the API server. */
import { Writable } from "node:stream";
import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  Exec,
  type KubeConfig,
  NetworkingV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1Namespace,
  type V1Pod,
} from "@kubernetes/client-node";
import { openKubeconfig } from "../../resources/kubeconfig";
import type { StackOutputs } from "../../verify/outputs";

/** Of KUBECONFIG alone: without it a person's own cluster is not touched. */
export function kubeConfig(): Promise<KubeConfig> {
  return openKubeconfig({ file: process.env.KUBECONFIG ?? "" });
}

export async function coreApi(): Promise<CoreV1Api> {
  return (await kubeConfig()).makeApiClient(CoreV1Api);
}

export async function networkingApi(): Promise<NetworkingV1Api> {
  return (await kubeConfig()).makeApiClient(NetworkingV1Api);
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
  const exec = new Exec(await kubeConfig());
  const status = await new Promise<{ status?: string; message?: string }>((resolve, reject) => {
    exec
      .exec(namespace, pod, container, command, sink(), sink(), null, false, resolve)
      .catch(reject);
  });
  return { ok: status.status === "Success", output: `${output}${status.message ?? ""}` };
}

/** The UID of each running pod of a namespace, by its name. */
export async function runningPods(namespace: string): Promise<Record<string, string>> {
  const { items } = await (await coreApi()).listNamespacedPod({ namespace });
  const running = items.filter((pod) => pod.status?.phase === "Running");
  return Object.fromEntries(
    running.map((pod) => [pod.metadata?.name ?? "", pod.metadata?.uid ?? ""]),
  );
}

/** Sets a Deployment's replicas as `kubectl edit` does: the field is its editor's then. */
export async function scaleByHand(
  { namespace }: StackOutputs,
  name: string,
  replicas: number,
): Promise<void> {
  const [change, options] = edited(namespace, name, replicas);
  await (await appsApi()).patchNamespacedDeployment(change, options);
}

/** The same of a StatefulSet. */
export async function scaleSetByHand(
  { namespace }: StackOutputs,
  name: string,
  replicas: number,
): Promise<void> {
  const [change, options] = edited(namespace, name, replicas);
  await (await appsApi()).patchNamespacedStatefulSet(change, options);
}

const appsApi = async () => (await kubeConfig()).makeApiClient(AppsV1Api);

function edited(namespace: string, name: string, replicas: number) {
  const body = { spec: { replicas } };
  return [
    { namespace, name, fieldManager: "kubectl-edit", body },
    setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
  ] as const;
}

/** Sets an annotation of each pod of a software, until the pod is replaced. */
export async function annotatePods(
  { namespace }: StackOutputs,
  software: string,
  annotations: Record<string, string>,
): Promise<void> {
  const core = await coreApi();
  const labelSelector = `app.kubernetes.io/name=${software}`;
  const { items } = await core.listNamespacedPod({ namespace, labelSelector });
  for (const { metadata } of items) {
    await core.patchNamespacedPod(
      { namespace, name: metadata?.name ?? "", body: { metadata: { annotations } } },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
  }
}

/** Undefined where it isn't there. */
export async function podOf({ namespace }: StackOutputs, name: string): Promise<V1Pod | undefined> {
  return unlessMissing((await coreApi()).readNamespacedPod({ namespace, name }));
}

/** Undefined where it isn't there. */
export async function readNamespace({ namespace }: StackOutputs): Promise<V1Namespace | undefined> {
  return unlessMissing((await coreApi()).readNamespace({ name: namespace }));
}

/**
 * Keeps a deleted namespace from disappearing until the returned function is called, which may be called several times.
 */
export async function holdNamespace({
  namespace,
}: Pick<StackOutputs, "namespace">): Promise<() => Promise<void>> {
  const name = "held-by-a-test";
  const finalizers = ["realtime-analytics.test/held"];
  await (await coreApi()).createNamespacedConfigMap({
    namespace,
    body: { metadata: { name, finalizers } },
  });
  return async () => {
    const held = await unlessMissing(
      (await coreApi()).readNamespacedConfigMap({ namespace, name }),
    );
    if (!held?.metadata?.finalizers) return;
    const body = { ...held, metadata: { ...held.metadata, finalizers: [] } };
    await unlessMissing((await coreApi()).replaceNamespacedConfigMap({ namespace, name, body }));
  };
}

/** Undefined where the object of a request isn't there. */
export async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  }
}

/** The values of a Secret of the stack, whose name ends with what Pulumi adds. */
export async function secretOf(
  { namespace }: StackOutputs,
  name: string,
): Promise<Record<string, string>> {
  const { items } = await (await coreApi()).listNamespacedSecret({ namespace });
  const [secret, ...others] = items.filter(
    ({ metadata }) => metadata?.name?.replace(/-[0-9a-f]{8}$/, "") === name,
  );
  if (secret === undefined || others.length > 0) {
    throw new Error(`${others.length + (secret ? 1 : 0)} Secrets are called ${name}`);
  }
  return Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [
      key,
      Buffer.from(value, "base64").toString(),
    ]),
  );
}
