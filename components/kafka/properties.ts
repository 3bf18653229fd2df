import type { KafkaValues } from "../../settings";

/** Where the nodes find each other. */
export interface KafkaAddress {
  /** Name of the StatefulSet, which with a node's number is the node's host name. */
  readonly statefulSet: string;
  /** DNS domain below which each node has its name. */
  readonly domain: string;
  readonly clientPort: number;
  readonly controllerPort: number;
}

/**
 * server.properties, one text for all nodes: a node's number, name and folder are read from its environment (NODE_ID,
 * POD_NAME, LOG_DIR) by Kafka's own EnvVarConfigProvider, so that no shell has to write them.
 */
export function serverProperties(values: KafkaValues, address: KafkaAddress): string {
  const { replicationFactor, minInSyncReplicas } = values;
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
    listeners: `CLIENT://:${address.clientPort},CONTROLLER://:${address.controllerPort}`,
    "advertised.listeners": `CLIENT://\${env:POD_NAME}.${address.domain}:${address.clientPort}`,
    "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "CLIENT",
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
