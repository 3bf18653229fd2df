import type { V1Deployment } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { openKubeconfig } from "../../resources/kubeconfig";
import { poll } from "../../resources/poll";

/**
 * Lets an update end when Kubernetes has replaced a Deployment's pods. Pulumi's provider waits too, but where its watch is late
 * it takes the Deployment of before the update for the one after it, and what comes after the pods came before them.
 *
 * @param context of the kubeconfig; undefined: its current one
 */
export function rolloutHooks(
  context: string | undefined,
  timeoutMs: number,
): pulumi.ResourceHookBinding {
  // Where the program runs without an engine, as in tests, nobody takes hooks.
  return pulumi.runtime.hasEngine() ? { afterUpdate: [awaitRollout(context, timeoutMs)] } : {};
}

function awaitRollout(context: string | undefined, timeoutMs: number): pulumi.ResourceHookFunction {
  return async ({ id }) => {
    const [namespace = "", name = ""] = id.split("/");
    const { AppsV1Api } = await import("@kubernetes/client-node");
    const api = (await openKubeconfig({ context })).makeApiClient(AppsV1Api);
    const failure = (last: string) =>
      new Error(`Deployment ${id} is not rolled out: ${last} (waited ${timeoutMs / 1000} s)`);
    await poll({ timeoutMs, pauseMs: 500, failure }, async (report) => {
      const pending = pendingRollout(await api.readNamespacedDeployment({ namespace, name }));
      return pending === undefined || report(pending);
    });
  };
}

/** What a Deployment's pods are waited for, as `kubectl rollout status` tells it; undefined: nothing. */
export function pendingRollout({ metadata, spec, status }: V1Deployment): string | undefined {
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
