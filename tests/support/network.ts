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
  /** The pod that has it. Default: none has. */
  readonly pod?: V1Pod;
}

/** The API server, behind its Service's address. */
export const apiServer: Endpoint = { name: "api-server:6443", host: nodeAddress, port: 6443 };

const image = `${registryAddress}/analytics/node:22`;
const strangerPort = 8080;
/** What the Pod Security Standard `restricted` wants of each pod, and of each container. */
const podSecurityContext = {
  runAsUser: 1000,
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};
const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

/** The pods of a namespace that run, by their names. */
export async function runningPods(namespace: string): Promise<V1Pod[]> {
  const { items } = await (await coreApi()).listNamespacedPod({ namespace });
  return items.filter(({ status }) => status?.phase === "Running");
}

/** The TCP ports at which pods listen for others, whether they declare them or not. */
export async function listeningPorts(pods: readonly V1Pod[]): Promise<Endpoint[]> {
  const found = await fewAtATime(pods, async (pod) => {
    const ports = z.array(z.number()).parse(JSON.parse(await runInNetworkOf(pod, listListeners)));
    return ports.sort((a, b) => a - b).map((port) => portOf(pod, port));
  });
  return found.flat();
}

/** The kernel's table: state 0A listens. Those of loopback (127.0.0.1 and ::1, byte for byte) are left out. */
const listListeners = String.raw`
const { readFileSync } = require("node:fs");
const loopback = /^(0100007F|0{24}01000000|0{16}FFFF00000100007F):/;
const ports = ["/proc/net/tcp", "/proc/net/tcp6"]
  .flatMap((file) => readFileSync(file, "utf8").trim().split("\n").slice(1))
  .map((line) => line.trim().split(/\s+/))
  .filter(([, local, , state]) => state === "0A" && !loopback.test(local))
  .map(([, local]) => Number.parseInt(local.split(":")[1], 16));
console.log(JSON.stringify([...new Set(ports)]));
`;

export function portOf(pod: V1Pod, port: number): Endpoint {
  return { name: `${pod.metadata?.name}:${port}`, host: pod.status?.podIP ?? "", port, pod };
}

/** A pod that is none of a stack's, and listens on `port`. */
export interface Outsider {
  readonly pod: V1Pod;
  readonly port: Endpoint;
  readonly remove: () => Promise<unknown>;
}

const strangerProgram = `require("node:net").createServer((one) => one.end()).listen(${strangerPort})`;

/** A pod in a namespace of its own, without policies. */
export function standUpStranger(): Promise<Outsider> {
  return standUpOutsider({ generateName: "stranger-" }, strangerProgram, strangerPort);
}

/** A pod in a stack's namespace that has none of the stack's labels. A network may know it some moments after its start. */
export async function standUpStrangerIn(namespace: string): Promise<Outsider> {
  const pod = await startPod(namespace, { generateName: "stranger-" }, strangerProgram);
  const name = pod.metadata?.name ?? "";
  const remove = async () => (await coreApi()).deleteNamespacedPod({ namespace, name });
  try {
    await until("the network to shut the stranger", async (say) => {
      const reached = await accepted([pod], [apiServer]);
      say(reached.join());
      return reached.length === 0 || undefined;
    });
  } catch (error) {
    await remove();
    throw error;
  }
  return { pod, port: portOf(pod, strangerPort), remove };
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
  const pod = await startPod(namespace, { name: "outsider" }, program, env);
  const remove = () => core.deleteNamespace({ name: namespace });
  return { pod, port: portOf(pod, port), remove };
}

async function startPod(
  namespace: string,
  metadata: { name: string } | { generateName: string },
  program: string,
  env: Readonly<Record<string, string>> = {},
): Promise<V1Pod> {
  const core = await coreApi();
  const made = await core.createNamespacedPod({
    namespace,
    body: {
      metadata,
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        securityContext: podSecurityContext,
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
  const name = made.metadata?.name ?? "";
  return until("the pod outside", async (say) => {
    const found = await core.readNamespacedPod({ namespace, name });
    say(found.status?.phase ?? "");
    return found.status?.phase === "Running" ? found : undefined;
  });
}

/** `kafka-0 → druid-broker-0:8082` of each connection that is accepted within 3 s, sorted. */
export async function accepted(from: readonly V1Pod[], to: readonly Endpoint[]): Promise<string[]> {
  for (const { name, host } of to) assertStaysHere(name, host);
  const targets = JSON.stringify(to.map(({ host, port }) => ({ host, port })));
  const found = await fewAtATime(from, async (pod) => {
    const log = await runInNetworkOf(pod, connect, targets);
    const answers = z.array(z.boolean()).length(to.length).parse(JSON.parse(log));
    return to.filter((_, index) => answers[index]).map((endpoint) => line(pod, endpoint));
  });
  return found.flat().sort();
}

/** The lines of `accepted` if every one of these pods reaches every one of these ports. */
export function everyPair(from: readonly V1Pod[], to: readonly Endpoint[]): string[] {
  return from.flatMap((pod) => to.map((endpoint) => line(pod, endpoint)));
}

/** As `accepted` has it. */
export const line = (pod: V1Pod, { name }: Endpoint) => `${pod.metadata?.name} → ${name}`;

/** Four at a time: each of them starts a process, and they share two cores. */
async function fewAtATime<T, R>(all: readonly T[], run: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...all.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      results[next[0]] = await run(next[1]);
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
  return results;
}

/** Throws unless packets for the address go to this machine itself, or to a pod of it. */
function assertStaysHere(name: string, host: string): void {
  const route = execFileSync("ip", ["route", "get", host], { encoding: "utf8" });
  assert.match(route, /^local | dev veth/, `${name}: ${route}`);
}

const connect = `
const net = require("node:net");
const isAccepted = ({ host, port }) => new Promise((resolve) => {
  const socket = net.connect({ host, port, timeout: 3000 });
  const end = (answer) => { socket.destroy(); resolve(answer); };
  socket.on("connect", () => end(true)).on("timeout", () => end(false)).on("error", () => end(false));
});
Promise.all(JSON.parse(process.argv[1]).map(isAccepted)).then((all) => console.log(JSON.stringify(all)));
`;

/** The log of a program, by a container that is added to the running pod and so has its network. */
async function runInNetworkOf(pod: V1Pod, program: string, ...args: string[]): Promise<string> {
  const core = await coreApi();
  const { name = "", namespace = "" } = pod.metadata ?? {};
  const container = `probe-${Date.now().toString(36)}`;
  const probe = {
    ...{ name: container, image, securityContext },
    command: ["node", "-e", program, ...args],
  };
  await core.patchNamespacedPodEphemeralcontainers(
    { name, namespace, body: { spec: { ephemeralContainers: [probe] } } },
    setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch),
  );
  await until(`the probe of ${name}`, async (say) => {
    const { status } = await core.readNamespacedPod({ name, namespace });
    const state = status?.ephemeralContainerStatuses?.find((one) => one.name === container)?.state;
    say(JSON.stringify(state));
    return state?.terminated;
  });
  return core.readNamespacedPodLog({ name, namespace, container });
}
