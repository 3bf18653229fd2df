import type * as k8s from "@pulumi/kubernetes";
import { podLabels } from "./labels";

type PolicySpec = k8s.types.input.networking.v1.NetworkPolicySpec;

/** One port of TCP, or a range. */
export interface Ports {
  readonly port: number;
  /** The last of a range. Default: one port. */
  readonly endPort?: number;
  /** Default: TCP. */
  readonly protocol?: "UDP";
}

/**
 * Pods of the namespace, by their labels: `druid/broker` for app.kubernetes.io/name and /component, `druid` for all of the
 * software's.
 */
export type Party = string;

/** Pods that may connect to others of the namespace. */
export interface Connection {
  readonly from: Party;
  readonly to: Party;
  /** Of the pods, to which a Service's port leads. */
  readonly ports: readonly Ports[];
}

/** Pods that may connect to what is no pod of the namespace. */
export interface WayOut {
  readonly from: Party;
  /** Addresses that have the ports. Default: all, since a policy knows no names of hosts. */
  readonly cidrs?: readonly string[];
  readonly ports: readonly Ports[];
}

/** All that may pass. */
export interface Connections {
  readonly within: readonly Connection[];
  readonly out: readonly WayOut[];
}

/** Whether all pods of `part` are pods of `party`. */
export function includes(party: Party, part: Party): boolean {
  return part === party || part.startsWith(`${party}/`);
}

/**
 * The policies that let pass what the table has: one for each party that is connected to, or has a way out, and that no other
 * one includes. It shuts the party's pods in both directions, and opens them line by line. A connection within the namespace
 * needs both ends to be open, so that it passes between the very pods of its line, even where the policy is of more. A way out
 * is open to all of the policy's pods.
 */
export function policySpecs(
  stack: string,
  { within, out }: Connections,
): { name: string; spec: PolicySpec }[] {
  const parties = [...within.map(({ to }) => to), ...out.map(({ from }) => from)];
  const widest = new Set(
    parties.filter((one) => !parties.some((other) => other !== one && includes(other, one))),
  );
  return [...widest].sort().map((party) => {
    const into = within.filter(({ to }) => includes(party, to));
    const outOf = within.filter(({ from }) => includes(party, from));
    const ingress = byPeer(into, "from").map(({ peer, ports }) => ({
      from: [{ podSelector: selector(stack, peer) }],
      ports,
    }));
    const egress = [
      ...byPeer(outOf, "to").map(({ peer, ports }) => ({
        to: [{ podSelector: selector(stack, peer) }],
        ports,
      })),
      ...out.filter(({ from }) => includes(party, from)).map(wayOut),
    ];
    return {
      name: party.replace("/", "-"),
      spec: {
        podSelector: selector(stack, party),
        policyTypes: bothDirections,
        // Kubernetes drops an empty list, and what it dropped would show as a difference.
        ...(ingress.length > 0 && { ingress }),
        ...(egress.length > 0 && { egress }),
      },
    };
  });
}

const bothDirections = ["Ingress", "Egress"];

/** Shuts all pods, those of no party too. */
export const denyAll: PolicySpec = { podSelector: {}, policyTypes: bothDirections };

function selector(stack: string, party: Party) {
  const [name = "", component] = party.split("/");
  return { matchLabels: podLabels(stack, name, component) };
}

/** The ports of each peer, which may be the same end of several lines. */
function byPeer(lines: readonly Connection[], end: "from" | "to") {
  return [...new Set(lines.map((line) => line[end]))].map((peer) => ({
    peer,
    ports: lines.filter((line) => line[end] === peer).flatMap(({ ports }) => ports.map(policyPort)),
  }));
}

function wayOut({ cidrs, ports }: WayOut) {
  return {
    ...(cidrs && { to: cidrs.map((cidr) => ({ ipBlock: { cidr } })) }),
    ports: ports.map(policyPort),
  };
}

function policyPort({ protocol, port, endPort }: Ports) {
  return { protocol: protocol ?? "TCP", port, ...(endPort !== undefined && { endPort }) };
}

/** The port of a service by its URL. Without a scheme, or empty: that of HTTPS. */
export function portOf(address: string): number {
  if (address === "") return 443;
  const { port, protocol } = new URL(address.includes("://") ? address : `https://${address}`);
  return Number(port) || (protocol === "http:" ? 80 : 443);
}
