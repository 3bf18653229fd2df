import * as k8s from "@pulumi/kubernetes";
import type { App } from "./app";

/**
 * Lets pods out of a namespace that restricts what goes out, to ports wherever they are: a policy knows no names of hosts.
 *
 * @param podLabels Default: those of all of the namespace's pods.
 */
export function allowEgress(
  app: App,
  component: string,
  ports: readonly number[],
  podLabels?: Record<string, string>,
): void {
  if (!app.namespace.restrictEgress || ports.length === 0) return;
  new k8s.networking.v1.NetworkPolicy(
    `${app.resourceName}-egress`,
    {
      metadata: app.metadata(component, `${app.name}-egress`),
      spec: {
        podSelector: podLabels ? { matchLabels: podLabels } : {},
        policyTypes: ["Egress"],
        egress: [{ ports: ports.map((port) => ({ protocol: "TCP", port })) }],
      },
    },
    app.options,
  );
}
