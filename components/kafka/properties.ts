import type { SaslMechanism } from "../../resources/connection";
import type { KafkaValues } from "../../settings";

/** Where the nodes find each other. */
export interface KafkaAddress {
  /** Name of the StatefulSet, which with a node's number is the node's host name. */
  readonly statefulSet: string;
  /** DNS domain below which each node has its name. */
  readonly domain: string;
  readonly clientPort: number;
  /** Between the brokers, and for the stack's own administration. */
  readonly replicationPort: number;
  readonly controllerPort: number;
}

/** Files of the nodes' certificate, in a folder of theirs: authority; private key and certificate. */
export const certificateFiles = { authority: "authority.pem", keyStore: "node.pem" } as const;

/** The CN of the nodes' certificate, and of the stack's own administrator's. Both may do everything. */
export const certificateNames = { node: "kafka", administrator: "administrator" } as const;

/**
 * server.properties, one text for all nodes: a node's number, name and folder are read from its environment (NODE_ID,
 * POD_NAME, LOG_DIR) by Kafka's own EnvVarConfigProvider, so that no shell has to write them.
 */
export function serverProperties(
  values: KafkaValues,
  address: KafkaAddress,
  certificateDir: string,
): string {
  const { replicationFactor, minInSyncReplicas } = values;
  const { clientPort, replicationPort, controllerPort } = address;
  const host = `\${env:POD_NAME}.${address.domain}`;
  const nodes = Array.from({ length: values.replicaCount }, (_, node) => node);
  const voter = (node: number) =>
    `${node}@${address.statefulSet}-${node}.${address.domain}:${address.controllerPort}`;
  return lines({
    "config.providers": "env",
    "config.providers.env.class": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
    "config.providers.env.param.allowlist.pattern": "NODE_ID|POD_NAME|LOG_DIR",
    "process.roles": "broker,controller",
    "node.id": `\${env:NODE_ID}`,
    "controller.quorum.voters": nodes.map(voter).join(","),
    listeners: `CLIENT://:${clientPort},REPLICATION://:${replicationPort},CONTROLLER://:${controllerPort}`,
    "advertised.listeners": `CLIENT://${host}:${clientPort},REPLICATION://${host}:${replicationPort}`,
    ...securityProperties(certificateDir, values.tls.enabled),
    "log.dirs": `\${env:LOG_DIR}`,
    "default.replication.factor": replicationFactor,
    "min.insync.replicas": minInSyncReplicas,
    "offsets.topic.replication.factor": replicationFactor,
    "transaction.state.log.replication.factor": replicationFactor,
    "transaction.state.log.min.isr": minInSyncReplicas,
    "share.coordinator.state.topic.replication.factor": replicationFactor,
    "share.coordinator.state.topic.min.isr": minInSyncReplicas,
    // A topic is a resource of the stack: a typing error in a client must not make another.
    "auto.create.topics.enable": false,
    "controlled.shutdown.enable": true,
    // The first consumer needn't wait for others to join it.
    "group.initial.rebalance.delay.ms": 0,
    "log.cleaner.dedupe.buffer.size": cleanerBuffer(values.jvm.maxHeap),
    ...values.config,
  });
}

const mebibyte = 2 ** 20;
const jvmUnits = { k: 1024, m: mebibyte, g: 1024 * mebibyte };

/**
 * The buffer of the log cleaner, in bytes. Kafka takes it at the start, and its own default of 128 MiB does not fit into a
 * small heap.
 *
 * @param maxHeap as in -Xmx, such as `512m`
 */
function cleanerBuffer(maxHeap: string): number {
  const heap = Number.parseInt(maxHeap, 10) * jvmUnits[maxHeap.slice(-1) as keyof typeof jvmUnits];
  return Math.min(128 * mebibyte, Math.floor(heap / 8));
}

/**
 * Who may connect, and do what. Nodes know each other, and the stack's administrator, by certificates of the stack's authority.
 * Everybody else logs in with a password, and may do what an access list says.
 *
 * @param tls whether that is encrypted, too
 */
export function securityProperties(certificateDir: string, tls: boolean): Record<string, string> {
  const scram = "listener.name.client.scram-sha-512.sasl.jaas.config";
  return {
    "listener.security.protocol.map": `CLIENT:${clientProtocol({ tls, mechanism: "scram-sha-512" })},REPLICATION:SSL,CONTROLLER:SSL`,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "REPLICATION",
    "listener.name.replication.ssl.client.auth": "required",
    "listener.name.controller.ssl.client.auth": "required",
    ...certificateProperties(certificateDir),
    "listener.name.client.sasl.enabled.mechanisms": "SCRAM-SHA-512",
    [scram]: "org.apache.kafka.common.security.scram.ScramLoginModule required;",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": Object.values(certificateNames)
      .map((name) => `User:CN=${name}`)
      .join(";"),
  };
}

/** Kafka's name of the protocol that clients speak. */
export function clientProtocol({ tls, mechanism }: ClientSecurity): string {
  return `${mechanism === "none" ? "" : "SASL_"}${tls ? "SSL" : "PLAINTEXT"}`;
}

interface ClientSecurity {
  readonly tls: boolean;
  readonly mechanism: SaslMechanism | "none";
}

/** For Kafka's own tools in a node's container: as the node, at the port of the brokers. */
export function toolProperties(certificateDir: string): string {
  return lines({ "security.protocol": "SSL", ...certificateProperties(certificateDir) });
}

function certificateProperties(certificateDir: string): Record<string, string> {
  return {
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": `${certificateDir}/${certificateFiles.keyStore}`,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": `${certificateDir}/${certificateFiles.authority}`,
  };
}

/** Logs to standard output, in UTC, without the dump of each config. */
export function log4j2Properties(): string {
  return lines({
    "appender.stdout.type": "Console",
    "appender.stdout.name": "stdout",
    "appender.stdout.layout.type": "PatternLayout",
    "appender.stdout.layout.pattern": "%d{yyyy-MM-dd'T'HH:mm:ss.SSSX}{UTC} %p [%t] %c{1} - %m%n",
    "rootLogger.level": "info",
    "rootLogger.appenderRef.stdout.ref": "stdout",
    "logger.config.name": "org.apache.kafka.common.config.AbstractConfig",
    "logger.config.level": "warn",
  });
}

function lines(properties: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}
