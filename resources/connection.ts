import * as net from "node:net";
import * as tls from "node:tls";
import { type Login, withLogin } from "./http-login";
import { namespaceGone, openForward, type ServiceTarget } from "./port-forward";

/** How a custom resource reaches an HTTP service: an address, or a port-forward to a service of a cluster. */
export type HttpConnection = { readonly url: string } | { readonly kubernetes: ServiceTarget };

/** How clients of Kafka may log in with a password. */
export type SaslMechanism = "plain" | "scram-sha-256" | "scram-sha-512";

/** How a custom resource reaches Kafka: bootstrap addresses, or a port-forward to the brokers' service; and as whom. */
export type KafkaConnection = (
  | { readonly brokers: readonly string[] }
  | { readonly kubernetes: ServiceTarget }
) & {
  /** TLS, all as PEM; with certificate and key it says who the client is. Default: no TLS. */
  readonly tls?: {
    /** Default: those that Node trusts. */
    readonly authority?: string;
    readonly certificate?: string;
    readonly privateKey?: string;
  };
  /** Logs in. Default: it doesn't. */
  readonly user?: {
    readonly username: string;
    readonly password: string;
    /** Default: scram-sha-512. */
    readonly mechanism?: SaslMechanism;
  };
};

export interface OpenOptions {
  /** How long to wait for a ready pod, in ms. Default: 60,000. */
  readonly timeoutMs?: number;
}

export interface HttpOptions extends OpenOptions {
  /** Who asks. Default: nobody, or whom the connection's own address names. */
  readonly login?: Login;
}

export interface OpenHttp {
  /** Without a slash at its end, and with the login, if there is one: see http-login.ts. */
  readonly url: string;
  close(): Promise<void>;
}

/** As kafkajs' types tell the mechanisms apart. */
type SaslLogin = {
  [Mechanism in SaslMechanism]: {
    readonly mechanism: Mechanism;
    readonly username: string;
    readonly password: string;
  };
}[SaslMechanism];

/** What kafkajs asks of a socket factory; `ssl` is left out where the listener is plain. */
export interface SocketTarget {
  readonly host: string;
  readonly port: number;
  readonly ssl?: tls.ConnectionOptions;
  readonly onConnect: () => void;
}

export interface OpenKafka {
  /** The part of kafkajs' configuration that says where the brokers are, and who asks. */
  readonly config: {
    readonly brokers: string[];
    readonly socketFactory?: (target: SocketTarget) => net.Socket;
    readonly ssl?: tls.ConnectionOptions;
    readonly sasl?: SaslLogin;
  };
  close(): Promise<void>;
}

/** Connects to an HTTP service; close it after use. */
export async function openHttp(
  connection: HttpConnection,
  { login, ...options }: HttpOptions = {},
): Promise<OpenHttp> {
  if ("url" in connection) {
    return { url: withLogin(connection.url.replace(/\/+$/, ""), login), close: async () => {} };
  }
  const forward = await openForward(connection.kubernetes, options);
  return { url: withLogin(`http://127.0.0.1:${forward.port}`, login), close: forward.close };
}

/** Connects to Kafka; close it after the client has disconnected. */
export async function openKafka(
  connection: KafkaConnection,
  options: OpenOptions = {},
): Promise<OpenKafka> {
  const identity = identityOf(connection);
  if ("brokers" in connection) {
    return { config: { brokers: [...connection.brokers], ...identity }, close: async () => {} };
  }
  const { service, port } = connection.kubernetes;
  const forward = await openForward(connection.kubernetes, { ...options, hostLine: true });
  // Brokers advertise names that only the cluster resolves, so each connection goes to the forward, and names its broker.
  const socketFactory = ({ host, ssl, onConnect }: SocketTarget): net.Socket => {
    const socket = net.connect({ host: "127.0.0.1", port: forward.port });
    socket.write(`${host}\n`);
    if (!ssl) {
      return socket.once("connect", onConnect);
    }
    const secured: tls.ConnectionOptions = { ...ssl, socket, servername: host };
    return tls.connect(secured, onConnect);
  };
  const config = { brokers: [`${service}:${port}`], socketFactory, ...identity };
  return { config, close: forward.close };
}

function identityOf({ tls, user }: KafkaConnection): Pick<OpenKafka["config"], "ssl" | "sasl"> {
  const { authority, certificate, privateKey } = tls ?? {};
  return {
    ...(tls && { ssl: { ca: authority, cert: certificate, key: privateKey } }),
    ...(user && { sasl: { mechanism: "scram-sha-512", ...user } as SaslLogin }),
  };
}

/** Connects to an HTTP service, uses it and disconnects. */
export async function withHttp<T>(
  connection: HttpConnection,
  use: (url: string) => Promise<T>,
  options: HttpOptions = {},
): Promise<T> {
  const open = await openHttp(connection, options);
  try {
    return await use(open.url);
  } finally {
    await open.close();
  }
}

/** Connects to Kafka, uses it and disconnects. */
export async function withKafka<T>(
  connection: KafkaConnection,
  use: (config: OpenKafka["config"]) => Promise<T>,
  options: OpenOptions = {},
): Promise<T> {
  const open = await openKafka(connection, options);
  try {
    return await use(open.config);
  } finally {
    await open.close();
  }
}

/**
 * What `task` resolves to, or undefined where the service's namespace no longer exists. The object that the service held
 * no longer exists either, and a refresh or a destroy must not wait for that service.
 */
export async function unlessNamespaceGone<T>(task: Promise<T>): Promise<T | undefined> {
  try {
    return await task;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === namespaceGone) {
      return undefined;
    }
    throw error;
  }
}
