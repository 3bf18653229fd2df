import type * as k8s from "@pulumi/kubernetes";
import { type Service, selectorLabels } from "./labels";

/** Affinity that prefers a machine of its own for each of several pods; undefined for a single one. */
export function spreadOverNodes(
  service: Service,
  component: string,
  replicaCount: number,
): k8s.types.input.core.v1.Affinity | undefined {
  if (replicaCount === 1) return undefined;
  const podAffinityTerm = {
    topologyKey: "kubernetes.io/hostname",
    labelSelector: { matchLabels: selectorLabels(service, component) },
  };
  return {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }],
    },
  };
}
