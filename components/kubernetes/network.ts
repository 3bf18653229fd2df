import * as k8s from "@pulumi/kubernetes";
import type { App } from "./app";

type PolicySpec = k8s.types.input.networking.v1.NetworkPolicySpec;

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
  createPolicy(app, component, [app.name, "egress"], {
    podSelector: podLabels ? { matchLabels: podLabels } : {},
    policyTypes: ["Egress"],
    egress: rules.map(({ ports, cidrs }) => ({
      ports: ports.map((port) => ({ protocol: "TCP", port })),
      ...(cidrs && { to: cidrs.map((cidr) => ({ ipBlock: { cidr } })) }),
    })),
  });
}

export interface IngressRule {
  /** app.kubernetes.io/component of the pods, whose port is called `http`. */
  readonly component: string;
  /** Name of their Service. */
  readonly service: string;
  /** How those others come, such as `ingress`: the end of the policy's name. */
  readonly by: string;
  readonly from: k8s.types.input.networking.v1.NetworkPolicyPeer[];
}

/** Lets others than the namespace's own pods into a component's. */
export function allowIngress(app: App, { component, service, by, from }: IngressRule): void {
  createPolicy(app, component, [service, `from-${by}`], {
    podSelector: { matchLabels: app.selectorLabels(component) },
    policyTypes: ["Ingress"],
    ingress: [{ from, ports: [{ protocol: "TCP", port: "http" }] }],
  });
}

/** @param name what the policy is of, and the policy's own name below the app's in Pulumi */
function createPolicy(
  app: App,
  component: string,
  [of, own]: readonly [string, string],
  spec: PolicySpec,
): void {
  new k8s.networking.v1.NetworkPolicy(
    `${app.resourceName}-${own}`,
    { metadata: app.metadata(component, `${of}-${own}`), spec },
    app.options,
  );
}
