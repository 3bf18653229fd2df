import { isIP } from "node:net";
import type { Stream } from "../pipelines/declare/stream";
import { driverInstallers, readPostgresUrl, type Settings } from "../settings";
import { logsPort } from "./airflow/workloads";
import { derbyPort } from "./druid/derby";
import { apiServerPorts, druidWaysOut, taskPorts } from "./druid/network";
import { electionPort, quorumPort } from "./druid/zookeeper";
import { controllerPort, replicationPort } from "./kafka/kafka";
import {
  type Connection,
  type Connections,
  includes,
  type Party,
  type Ports,
  portOf,
  type WayOut,
} from "./kubernetes/network";
import { exporterName, exporterPorts, postgresExporterPort } from "./monitoring/endpoints";
import { producerPort } from "./producer";
import { isSender } from "./senders";

/** What the table depends on. */
type Values = Omit<Settings, "stack" | "context">;

/**
 * Who may connect to whom, and at which port: the stack's NetworkPolicies are made from this table alone, and nothing else
 * passes. An Ingress or a Service for people adds a way in of its own (kubernetes/exposure.ts).
 */
export function connections(settings: Values, streams: readonly Stream[]): Connections {
  const has = presence(settings, streams);
  return {
    // Of pods that the stack doesn't have, too: those that a run takes away still connect until its end.
    within: within(settings).filter(({ to, ports }) => has(to) && ports.length > 0),
    out: waysOut(settings).filter(({ from }) => has(from)),
  };
}

function within({ kafka, druid, postgres, superset, airflow, monitoring }: Values): Connection[] {
  const { coordinator, broker, historical, indexer, router, zookeeper } = druid;
  const isEnsemble = zookeeper.replicaCount > 1;
  const tasks = indexer.kind === "middleManager" ? [taskPorts(druid)] : [];
  const metadata = druid.metadata.type === "postgresql" ? [postgres.service.port] : [];
  const table: [from: Party, to: Party, ...(number | Ports)[]][] = [
    ...kafkaClients.map((from): [Party, Party, number] => [from, "kafka", kafka.service.port]),
    ["kafka", "kafka", replicationPort, controllerPort],
    // All announce themselves to all, and each may ask any other for segments, tasks or rows.
    ["druid", "druid/coordinator", coordinator.service.port],
    ["druid", "druid/broker", broker.service.port],
    ["druid", "druid/historical", historical.service.port],
    ["druid", "druid/indexer", indexer.service.port, ...tasks],
    ["druid", "druid/router", router.service.port],
    ["druid", "zookeeper", zookeeper.service.port],
    ["zookeeper", "zookeeper", ...(isEnsemble ? [quorumPort, electionPort] : [])],
    ["druid/coordinator", "derby", derbyPort],
    ["druid/coordinator", "postgres/server", ...metadata],
    ["superset", "postgres/server", postgres.service.port],
    ["airflow", "postgres/server", postgres.service.port],
    ["postgres/databases", "postgres/server", postgres.service.port],
    ["superset/web", "druid/broker", broker.service.port],
    ["airflow/scheduler", "airflow/api-server", airflow.service.port],
    ["airflow/api-server", "airflow/scheduler", logsPort],
  ];
  if (monitoring.enabled) {
    table.push(
      [exporterName, "druid/router", router.service.port],
      [exporterName, "superset/web", superset.service.port],
      ["druid", exporterName, exporterPorts.druid],
      ["superset/web", exporterName, { port: exporterPorts.statsd, protocol: "UDP" }],
      ["prometheus", exporterName, exporterPorts.metrics],
      ["prometheus", "producer", producerPort],
      ["prometheus", "postgres/server", postgresExporterPort],
    );
  }
  return table.map(([from, to, ...ports]) => ({ from, to, ports: listed(ports) }));
}

/** The coordinator has the supervisors and the sampler. */
const kafkaClients: Party[] = [
  "producer",
  "airflow/scheduler",
  "druid/coordinator",
  "druid/indexer",
  exporterName,
];

/** A policy knows no names of hosts, and brokers with names lead their clients to others. */
function wayTo(brokers: readonly string[]): Omit<WayOut, "from"> {
  const parts = brokers.map((broker) => broker.split(/:(?=\d+$)/));
  const ports = listed([...new Set(parts.map(([, port]) => Number(port)))]);
  const hosts = parts.map(([host = ""]) => host.replace(/^\[|\]$/g, ""));
  if (!hosts.every((host) => isIP(host))) return { ports };
  return {
    cidrs: [...new Set(hosts)].map((host) => `${host}/${isIP(host) === 6 ? 128 : 32}`),
    ports,
  };
}

function waysOut(settings: Values): WayOut[] {
  const { config, druid } = settings;
  const external = readPostgresUrl(config.postgresUrl);
  const inPostgres = druid.metadata.type === "postgresql" ? ["druid"] : [];
  const clients = ["postgres/databases", "superset", "airflow", ...inPostgres];
  const { brokers } = settings.kafka.external;
  return [
    ...askNames.map((from) => ({ from, ports: dns })),
    ...(external ? clients.map((from) => ({ from, ports: listed([external.port]) })) : []),
    ...(brokers.length > 0 ? kafkaClients.map((from) => ({ from, ...wayTo(brokers) })) : []),
    // It finds the pods by Kubernetes' API.
    { from: "prometheus", ports: listed(apiServerPorts) },
    ...druidWaysOut(druid, config.druidS3AccessKeyId !== ""),
    // Policies are of pods, not of their init containers: the way stays open while the pods run.
    ...driverInstallers(config, settings).map((from) => ({
      from,
      ports: listed(indexPorts(settings[from])),
    })),
  ];
}

/** The servers of PostgreSQL and Derby connect to nobody. */
const askNames = [
  "kafka",
  "zookeeper",
  "postgres/databases",
  "druid",
  "superset",
  "airflow",
  "producer",
  exporterName,
];
/** Wherever the name server is: in a pod, or on the node itself. */
const dns: Ports[] = [{ port: 53, protocol: "UDP" }, { port: 53 }];

/** Ports of the package index, and of the proxy before it, where the pods have one in their environment. */
function indexPorts({ image, extraEnv }: Values["superset" | "airflow"]): number[] {
  const proxies = extraEnv.filter(({ name }) => /^(https?|all)_proxy$/i.test(name));
  const urls = [image.drivers.indexUrl, ...proxies.map(({ value }) => value)];
  return [...new Set(urls.map(portOf))];
}

function listed(ports: readonly (number | Ports)[]): Ports[] {
  return ports.map((one) => (typeof one === "number" ? { port: one } : one));
}

/** Whether the stack has pods of a party. */
function presence(
  { config, druid, kafka, monitoring }: Values,
  streams: readonly Stream[],
): (party: Party) => boolean {
  const isSent = streams.some(({ producer }) => producer !== undefined);
  const absent = [
    ...(isSender(config, "standalone") && isSent ? [] : ["producer"]),
    ...(isSender(config, "airflow") ? [] : ["airflow"]),
    ...(druid.discovery === "zookeeper" ? [] : ["zookeeper"]),
    ...(druid.metadata.type === "derbyServer" ? [] : ["derby"]),
    ...(monitoring.enabled ? [] : [exporterName]),
    ...(monitoring.enabled && monitoring.prometheus.enabled ? [] : ["prometheus"]),
    ...(config.postgresUrl === "" ? [] : ["postgres/server"]),
    ...(kafka.external.brokers.length === 0 ? [] : ["kafka"]),
  ];
  return (party) => !absent.some((one) => includes(one, party));
}
