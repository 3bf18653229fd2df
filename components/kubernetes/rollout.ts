import type { V1Deployment, V1StatefulSet } from "@kubernetes/client-node";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { openKubeconfig } from "../../resources/kubeconfig";
import { poll } from "../../resources/poll";

interface Cluster {
  /** Of the kubeconfig. Default: its current one. */
  readonly context?: string;
  /** Longest time for a rollout. */
  readonly readySeconds: number;
}

type Kind = "Deployment" | "StatefulSet";

export type Workload = k8s.apps.v1.StatefulSet | k8s.apps.v1.Deployment;

/**
 * Lets an update of a Deployment end when Kubernetes has replaced its pods. Pulumi's provider waits too, but where its watch is late
 * it takes the Deployment of before the update for the one after it, and what comes after the pods came before them.
 */
export function awaitRollout(cluster: Cluster): pulumi.ResourceHookFunction {
  return ({ id }) => rolledOut("Deployment", id, cluster);
}

/** As many workloads as are updated one after the other, at most. */
const longestOrder = 5;

/**
 * Lets an update begin when another workload of this run has been updated, if it is to be, and its pods serve. Pulumi has no such
 * order by itself: `dependsOn` would have what is created wait, too.
 *
 * @throws Error when the other's rollout takes too long, or it isn't updated in the time of all of the order
 */
export function afterRolloutOf(earlier: Workload, cluster: Cluster): pulumi.ResourceHookFunction {
  const kind = k8s.apps.v1.StatefulSet.isInstance(earlier) ? "StatefulSet" : "Deployment";
  let registered: string | undefined;
  // Known once this run has updated it, or left it as it is.
  earlier.id.apply((id) => {
    registered = id;
  });
  return async ({ name }) => {
    const seconds = longestOrder * cluster.readySeconds;
    const failure = () =>
      new Error(
        `${name} waits for the ${kind} before it, which was not updated within ${seconds} s`,
      );
    const id = await poll({ timeoutMs: 1_000 * seconds, failure }, async () => registered);
    await rolledOut(kind, id, cluster);
  };
}

async function rolledOut(
  kind: Kind,
  id: string,
  { context, readySeconds }: Cluster,
): Promise<void> {
  const [namespace = "", name = ""] = id.split("/");
  const { AppsV1Api } = await import("@kubernetes/client-node");
  const api = (await openKubeconfig({ context })).makeApiClient(AppsV1Api);
  const read = () =>
    kind === "Deployment"
      ? api.readNamespacedDeployment({ namespace, name })
      : api.readNamespacedStatefulSet({ namespace, name });
  const failure = (last: string) =>
    new Error(`${kind} ${id} is not rolled out: ${last} (waited ${readySeconds} s)`);
  await poll({ timeoutMs: 1_000 * readySeconds, pauseMs: 500, failure }, async (report) => {
    const pending = pendingRollout(await read());
    return pending === undefined || report(pending);
  });
}

/** What a workload's pods are waited for, as `kubectl rollout status` tells it; undefined: nothing. */
export function pendingRollout({
  metadata,
  spec,
  status,
}: V1Deployment | V1StatefulSet): string | undefined {
  const {
    observedGeneration = 0,
    replicas = 0,
    updatedReplicas = 0,
    availableReplicas = 0,
  } = status ?? {};
  const wanted = spec?.replicas ?? 1;
  if (observedGeneration < (metadata?.generation ?? 0)) return "Kubernetes has not seen the update";
  if (updatedReplicas < wanted) return `${updatedReplicas} of ${wanted} pods are new`;
  if (replicas > updatedReplicas) return `${replicas - updatedReplicas} old pods are left`;
  if (availableReplicas < updatedReplicas) {
    return `${availableReplicas} of ${updatedReplicas} new pods are available`;
  }
  return undefined;
}
