import * as k8s from "@pulumi/kubernetes";
import type { App } from "./app";

export interface EgressRule {
  readonly ports: readonly number[];
  /** Addresses that have the ports. Default: all, since a policy knows no names of hosts. */
  readonly cidrs?: readonly string[];
}

/**
 * Lets pods out of a namespace that restricts what goes out.
 *
 * @param podLabels Default: those of all of the namespace's pods.
 */
export function allowEgress(
  app: App,
  component: string,
  rules: readonly EgressRule[],
  podLabels?: Record<string, string>,
): void {
  if (!app.namespace.restrictEgress || rules.length === 0) return;
  new k8s.networking.v1.NetworkPolicy(
    `${app.resourceName}-egress`,
    {
      metadata: app.metadata(component, `${app.name}-egress`),
      spec: {
        podSelector: podLabels ? { matchLabels: podLabels } : {},
        policyTypes: ["Egress"],
        egress: rules.map(({ ports, cidrs }) => ({
          ports: ports.map((port) => ({ protocol: "TCP", port })),
          ...(cidrs && { to: cidrs.map((cidr) => ({ ipBlock: { cidr } })) }),
        })),
      },
    },
    app.options,
  );
}
