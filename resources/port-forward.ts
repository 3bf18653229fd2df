import { createServer, type Server, type Socket } from "node:net";
import { Writable } from "node:stream";
import type { CoreV1Api, PortForward, V1Pod } from "@kubernetes/client-node";
import { errorText } from "./error-text";
import { objectOf } from "./json";
import { openKubeconfig } from "./kubeconfig";
import { poll, type ReportState } from "./poll";

/** A service of a cluster, reached through the API server's port-forward to one of its ready pods. */
export interface ServiceTarget {
  /** The kubeconfig's context. Default: its current one. KUBECONFIG or ~/.kube/config is read. */
  readonly context?: string;
  readonly namespace: string;
  readonly service: string;
  /** The service's port, not the pod's. */
  readonly port: number;
}

export interface ForwardOptions {
  /** The port on 127.0.0.1. Default: a free one. */
  readonly localPort?: number;
  /** How long to wait for a ready pod, in ms. Default: 60,000. */
  readonly timeoutMs?: number;
  /**
   * Each connection starts with a line that holds a host name. Its first label names the pod; without such a pod any
   * ready one is used. A Kafka client needs this: the leader of a partition is one certain broker.
   */
  readonly hostLine?: boolean;
}

export interface Forward {
  readonly port: number;
  close(): Promise<void>;
}

/** The `code` of the error when the namespace of the service does not exist. */
export const namespaceGone = "NAMESPACE_GONE";

interface Backend {
  readonly pod: string;
  readonly port: number;
}

/**
 * Listens on loopback and pipes each connection to a ready pod behind the service. When a pod stops, the next connections
 * go to another one.
 *
 * @throws Error when no pod is ready within the time, with the state that the pods were in, or when the local port is taken;
 * at once, with the code {@link namespaceGone}, when there is no such namespace.
 */
export async function openForward(
  target: ServiceTarget,
  options: ForwardOptions = {},
): Promise<Forward> {
  const kubernetes = await import("@kubernetes/client-node");
  const config = await openKubeconfig(target);
  const core = config.makeApiClient(kubernetes.CoreV1Api);
  const forwarder = new kubernetes.PortForward(config);
  await findBackend(core, target, undefined, options.timeoutMs ?? 60_000);

  const sockets = new Set<Socket>();
  const connect = async (socket: Socket): Promise<void> => {
    const host = options.hostLine ? await readHostLine(socket) : undefined;
    const backend = await findBackend(core, target, host?.split(".")[0], 15_000);
    await pipe(forwarder, target.namespace, backend, socket);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    // The client sees a closed connection, and retries as it would with the service itself.
    connect(socket).catch(() => socket.destroy());
  });
  return {
    port: await listen(server, options.localPort ?? 0),
    close: () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** @returns the port */
async function listen(server: Server, localPort: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(localPort, "127.0.0.1", resolve);
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : localPort;
}

async function pipe(
  forwarder: PortForward,
  namespace: string,
  backend: Backend,
  socket: Socket,
): Promise<void> {
  // Text on the error stream says that the pod refused. The stream begins with an empty chunk, where the port's number was.
  const refusals = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (chunk.length > 0) {
        socket.destroy();
      }
      done();
    },
  });
  const { pod, port } = backend;
  const channel = await forwarder.portForward(namespace, pod, [port], socket, refusals, socket);
  if ("on" in channel) {
    channel.on("close", () => socket.end());
    channel.on("error", () => socket.destroy());
    socket.on("close", () => channel.close());
  }
  socket.resume();
}

async function findBackend(
  core: CoreV1Api,
  target: ServiceTarget,
  wantedPod: string | undefined,
  timeoutMs: number,
): Promise<Backend> {
  const name = `service ${target.namespace}/${target.service}:${target.port}`;
  const failure = (last: string) =>
    new Error(
      `no ready pod behind ${name} after ${Math.round(timeoutMs / 1000)} s: ${last}. ` +
        `See kubectl -n ${target.namespace} get pods, and describe the one that is not ready`,
    );
  return poll({ timeoutMs, failure }, async (report) => {
    try {
      return await tryBackend(core, target, wantedPod, report);
    } catch (error) {
      if (isNotFound(error) && (await isNamespaceGone(core, target.namespace))) {
        throw Object.assign(new Error(`namespace ${target.namespace} of ${name} does not exist`), {
          code: namespaceGone,
        });
      }
      return report(apiFailure(error));
    }
  });
}

/** The pod to connect to; undefined while there is none, and then it reports why. */
async function tryBackend(
  core: CoreV1Api,
  target: ServiceTarget,
  wantedPod: string | undefined,
  report: ReportState,
): Promise<Backend | undefined> {
  const { namespace } = target;
  const service = await core.readNamespacedService({ namespace, name: target.service });
  const servicePort = service.spec?.ports?.find((port) => port.port === target.port);
  if (servicePort === undefined) {
    const ports = service.spec?.ports?.map((port) => port.port).join(", ");
    return report(`the service has no port ${target.port}, only ${ports}`);
  }
  const labelSelector = Object.entries(service.spec?.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const pods = (await core.listNamespacedPod({ namespace, labelSelector })).items;
  const ready = pods.filter(isReady);
  const pod = ready.find((candidate) => candidate.metadata?.name === wantedPod) ?? ready[0];
  if (pod?.metadata?.name === undefined) {
    return report(pods.map(describePod).join("; ") || `no pod has the labels ${labelSelector}`);
  }
  const port = podPort(pod, servicePort.targetPort ?? target.port);
  return port === undefined
    ? report(`pod ${pod.metadata.name} has no port named ${servicePort.targetPort}`)
    : { pod: pod.metadata.name, port };
}

function isReady(pod: V1Pod): boolean {
  return (
    pod.metadata?.deletionTimestamp === undefined &&
    (pod.status?.conditions ?? []).some(
      (condition) => condition.type === "Ready" && condition.status === "True",
    )
  );
}

function podPort(pod: V1Pod, port: string | number): number | undefined {
  return typeof port === "number"
    ? port
    : (pod.spec?.containers ?? [])
        .flatMap((container) => container.ports ?? [])
        .find((candidate) => candidate.name === port)?.containerPort;
}

function describePod(pod: V1Pod): string {
  const waiting = (pod.status?.containerStatuses ?? [])
    .map((status) => status.state?.waiting?.reason ?? status.state?.terminated?.reason)
    .filter((reason) => reason !== undefined);
  const unready = (pod.status?.conditions ?? [])
    .filter((condition) => condition.status !== "True" && condition.message)
    .map((condition) => condition.message);
  const reasons = [...waiting, ...new Set(unready)].join(", ");
  return `pod ${pod.metadata?.name} is ${pod.status?.phase}${reasons ? ` (${reasons})` : ""}`;
}

function isNotFound(error: unknown): boolean {
  return objectOf(error).code === 404;
}

/** Only what the API server says counts: one who may not read namespaces waits for the service. */
async function isNamespaceGone(core: CoreV1Api, name: string): Promise<boolean> {
  try {
    await core.readNamespace({ name });
    return false;
  } catch (error) {
    return isNotFound(error);
  }
}

function apiFailure(error: unknown): string {
  if (isNotFound(error)) {
    return "the service does not exist";
  }
  return `the API server did not answer: ${errorText(error)}`;
}

/** Takes the first line off the socket, and leaves it paused. */
function readHostLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const onData = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\n");
      if (end >= 0) {
        socket.off("data", onData);
        socket.pause();
        if (end + 1 < head.length) {
          socket.unshift(head.subarray(end + 1));
        }
        resolve(head.subarray(0, end).toString());
      }
    };
    socket.on("data", onData);
    socket.once("close", () => reject(new Error("closed before it named a host")));
  });
}
