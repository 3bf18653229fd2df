/** What passes between pods: tried from each pod, by connections to ports of this cluster alone. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { PatchStrategy, setHeaderOptions, type V1Pod } from "@kubernetes/client-node";
import { z } from "zod";
import { nodeAddress, registryAddress } from "../../local/paths";
import { coreApi } from "./kubernetes";
import { until } from "./stack";

export interface Endpoint {
  /** As in `kafka-0:9092`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** The API server, behind its Service's address. */
export const apiServer: Endpoint = { name: "api-server:6443", host: nodeAddress, port: 6443 };

const image = `${registryAddress}/analytics/node:22`;
const strangerPort = 8080;
/** What the Pod Security Standard `restricted` wants of each container. */
const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

/** The pods of a namespace that run, by their names. */
export async function runningPods(namespace: string): Promise<V1Pod[]> {
  const { items } = await (await coreApi()).listNamespacedPod({ namespace });
  return items.filter(({ status }) => status?.phase === "Running");
}

/** The TCP ports that pods declare. Of an ensemble's ZooKeepers only the leader listens on `quorum`. */
export function declaredPorts(pods: readonly V1Pod[]): Endpoint[] {
  return pods.flatMap((pod) =>
    (pod.spec?.containers ?? [])
      .flatMap(({ ports = [] }) => ports)
      .filter(({ name }) => name !== "quorum")
      .map(({ containerPort }) => portOf(pod, containerPort)),
  );
}

export function portOf(pod: V1Pod, port: number): Endpoint {
  return { name: `${pod.metadata?.name}:${port}`, host: pod.status?.podIP ?? "", port };
}

/** A pod that listens on `port`, in a namespace of its own without policies. */
export interface Outsider {
  readonly pod: V1Pod;
  readonly port: Endpoint;
  readonly remove: () => Promise<unknown>;
}

export function standUpStranger(): Promise<Outsider> {
  const program = `require("node:net").createServer((one) => one.end()).listen(${strangerPort})`;
  return standUpOutsider({ generateName: "stranger-" }, program, strangerPort);
}

/**
 * A pod in a namespace of its own.
 *
 * @param name of the namespace
 * @param program JavaScript that listens on `port`
 */
export async function standUpOutsider(
  name: { name: string } | { generateName: string },
  program: string,
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Outsider> {
  const core = await coreApi();
  const made = await core.createNamespace({ body: { metadata: name } });
  const namespace = made.metadata?.name ?? "";
  await until("the namespace's account", async (say) => {
    const { items } = await core.listNamespacedServiceAccount({ namespace });
    say(`${items.length} accounts`);
    return items.length > 0 || undefined;
  });
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name: "outsider" },
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        securityContext: { runAsUser: 1000, runAsNonRoot: true },
        containers: [
          {
            ...{ name: "outsider", image, securityContext },
            command: ["node", "-e", program],
            env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
          },
        ],
      },
    },
  });
  const pod = await until("the pod outside", async (say) => {
    const found = await core.readNamespacedPod({ namespace, name: "outsider" });
    say(found.status?.phase ?? "");
    return found.status?.phase === "Running" ? found : undefined;
  });
  const remove = () => core.deleteNamespace({ name: namespace });
  return { pod, port: portOf(pod, port), remove };
}

/** `kafka-0 → druid-broker-0:8082` of each connection that is accepted within 5 s, sorted. */
export async function accepted(from: readonly V1Pod[], to: readonly Endpoint[]): Promise<string[]> {
  for (const { name, host } of to) assertStaysHere(name, host);
  const found: string[] = [];
  // One pod after the other: each starts a process, and they share two cores.
  for (const pod of from) found.push(...(await acceptedFrom(pod, to)));
  return found.sort();
}

/** The lines of `accepted` if every one of these pods reaches every one of these ports. */
export function everyPair(from: readonly V1Pod[], to: readonly Endpoint[]): string[] {
  return from.flatMap((pod) => to.map((endpoint) => line(pod, endpoint)));
}

const line = (pod: V1Pod, { name }: Endpoint) => `${pod.metadata?.name} → ${name}`;

/** Throws unless packets for the address go to this machine itself, or to a pod of it. */
function assertStaysHere(name: string, host: string): void {
  const route = execFileSync("ip", ["route", "get", host], { encoding: "utf8" });
  assert.match(route, /^local | dev veth/, `${name}: ${route}`);
}

const connect = `
const net = require("node:net");
const isAccepted = ({ host, port }) => new Promise((resolve) => {
  const socket = net.connect({ host, port, timeout: 5000 });
  const end = (answer) => { socket.destroy(); resolve(answer); };
  socket.on("connect", () => end(true)).on("timeout", () => end(false)).on("error", () => end(false));
});
Promise.all(JSON.parse(process.argv[1]).map(isAccepted)).then((all) => console.log(JSON.stringify(all)));
`;

/** By a container that is added to the running pod, and so has its network. */
async function acceptedFrom(pod: V1Pod, to: readonly Endpoint[]): Promise<string[]> {
  const core = await coreApi();
  const { name = "", namespace = "" } = pod.metadata ?? {};
  const container = `probe-${Date.now().toString(36)}`;
  const probe = {
    ...{ name: container, image, securityContext },
    command: ["node", "-e", connect, JSON.stringify(to.map(({ host, port }) => ({ host, port })))],
  };
  await core.patchNamespacedPodEphemeralcontainers(
    { name, namespace, body: { spec: { ephemeralContainers: [probe] } } },
    setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch),
  );
  await until(`the connections from ${name}`, async (say) => {
    const { status } = await core.readNamespacedPod({ name, namespace });
    const state = status?.ephemeralContainerStatuses?.find((one) => one.name === container)?.state;
    say(JSON.stringify(state));
    return state?.terminated;
  });
  const log = await core.readNamespacedPodLog({ name, namespace, container });
  const answers = z.array(z.boolean()).length(to.length).parse(JSON.parse(log));
  return to.filter((_, index) => answers[index]).map((endpoint) => line(pod, endpoint));
}
