import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { KafkaValues } from "../../settings";
import { labels, type Service, selectorLabels } from "../kubernetes/labels";
import type { Namespace } from "../kubernetes/namespace";
import { fromField, imageName, podTemplate } from "../kubernetes/pod";
import { clusterService, disruptionBudget, peerService } from "../kubernetes/service";
import { spreadOverNodes } from "../kubernetes/spread";
import { dataVolume } from "../kubernetes/volume";
import { brokerProbes } from "./probes";
import { type KafkaAddress, log4j2Properties, serverProperties } from "./properties";

export interface KafkaArgs {
  /** Namespace to live in. */
  namespace: Namespace;
  /** Name of the stack. */
  stack: string;
  values: KafkaValues;
  /** True: the volumes outlive the cluster. */
  keepData: boolean;
}

const headlessName = "kafka-headless";
const bootstrapName = "kafka";
const component = "broker";
const controllerPort = 9093;
const configDir = "/etc/kafka-config";
const dataDir = "/var/lib/kafka/data";
/** User `appuser` of the official image. */
const uid = 1000;

/**
 * Kafka in KRaft mode: nodes that each are broker and controller, with a volume each.
 *
 * Clients start from `kafka:<port>` and are then led to the nodes' own names, which the headless Service gives them.
 */
export class Kafka extends pulumi.ComponentResource {
  /** Name of the bootstrap Service. */
  readonly service = bootstrapName;
  readonly port: number;
  /** `kafka:<port>`, as the namespace's pods reach it. */
  readonly bootstrapServers: string;
  /** Copies of a topic's partitions, where the topic doesn't say. */
  readonly replicationFactor: number;
  /** Copies that must have a record before it is acknowledged. */
  readonly minInSyncReplicas: number;
  /** Ready once every broker serves. */
  readonly nodes: k8s.apps.v1.StatefulSet;

  constructor(name: string, args: KafkaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Kafka", name, {}, opts);
    const parts: Parts = {
      name,
      args,
      service: { name: "kafka", version: args.values.image.tag, stack: args.stack },
      child: { ...args.namespace.inhabitant, parent: this },
    };
    this.port = args.values.service.port;
    this.bootstrapServers = `${bootstrapName}:${this.port}`;
    this.replicationFactor = args.values.replicationFactor;
    this.minInSyncReplicas = args.values.minInSyncReplicas;

    const config = createConfig(parts);
    createServices(parts);
    this.nodes = createNodes(parts, config);
    this.registerOutputs({ bootstrapServers: this.bootstrapServers });
  }
}

interface Parts {
  name: string;
  args: KafkaArgs;
  service: Service;
  child: pulumi.CustomResourceOptions;
}

/** Named by Pulumi, so that a change makes a second one that the nodes roll over to. */
function createConfig({ name, args, service, child }: Parts): k8s.core.v1.ConfigMap {
  const { namespace, values } = args;
  return new k8s.core.v1.ConfigMap(
    `${name}-config`,
    {
      metadata: { namespace: namespace.name, labels: labels(service, component) },
      data: {
        "server.properties": namespace.domain.apply((domain) =>
          serverProperties(values, address(args, domain)),
        ),
        "log4j2.properties": log4j2Properties(),
      },
    },
    child,
  );
}

function address({ values }: KafkaArgs, domain: string): KafkaAddress {
  return {
    statefulSet: bootstrapName,
    domain: `${headlessName}.${domain}`,
    clientPort: values.service.port,
    controllerPort,
    dataDir,
  };
}

function createServices({ name, args, service, child }: Parts): void {
  const { replicaCount, service: front } = args.values;
  const pods = { name: bootstrapName, namespace: args.namespace, service, component };
  const kafka = front.port;
  const ports = { kafka, controller: controllerPort };
  peerService(`${name}-headless`, { ...pods, name: headlessName, ports }, child);
  clusterService(`${name}-bootstrap`, { ...pods, ports: { kafka } }, child);
  disruptionBudget(`${name}-disruption`, { ...pods, replicaCount }, child);
}

function createNodes(
  { name, args, service, child }: Parts,
  config: k8s.core.v1.ConfigMap,
): k8s.apps.v1.StatefulSet {
  const { namespace, values, keepData } = args;
  const { volumes, options, claims } = dataVolume("data", values.persistence, keepData);
  const container = {
    image: imageName(values.image),
    imagePullPolicy: values.image.pullPolicy,
    resources: values.resources,
    env: [
      fromField("NODE_ID", "metadata.labels['apps.kubernetes.io/pod-index']"),
      fromField("POD_NAME", "metadata.name"),
    ],
    volumeMounts: [
      { name: "config", mountPath: configDir, readOnly: true },
      { name: "data", mountPath: dataDir },
    ],
  };
  return new k8s.apps.v1.StatefulSet(
    `${name}-nodes`,
    {
      metadata: {
        name: bootstrapName,
        namespace: namespace.name,
        labels: labels(service, component),
      },
      spec: {
        serviceName: headlessName,
        replicas: values.replicaCount,
        // A quorum starts by a majority at once, never one after the other.
        podManagementPolicy: "Parallel",
        selector: { matchLabels: selectorLabels(service, component) },
        ...claims,
        template: podTemplate({
          service,
          component,
          uid,
          values,
          terminationGracePeriodSeconds: values.terminationGracePeriodSeconds,
          affinity: spreadOverNodes(service, component, values.replicaCount),
          initContainers: [
            { ...container, name: "format", command: formatCommand(values, service.stack) },
          ],
          containers: [
            {
              ...container,
              name: "kafka",
              command: brokerCommand(values),
              ports: [
                { name: "kafka", containerPort: values.service.port },
                { name: "controller", containerPort: controllerPort },
              ],
              ...brokerProbes(values),
            },
          ],
          volumes: [{ name: "config", configMap: { name: config.metadata.name } }, ...volumes],
        }),
      },
    },
    { ...child, ...options },
  );
}

/** Formats a new volume, and leaves one that has data as it is. */
function formatCommand(values: KafkaValues, stack: string) {
  return [
    "java",
    // It runs for a second: compiling well would cost more than it gains.
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Xmx128m",
    `-Dlog4j2.configurationFile=${configDir}/log4j2.properties`,
    "-cp",
    values.classPath,
    "kafka.tools.StorageTool",
    "format",
    "--ignore-formatted",
    `--config=${configDir}/server.properties`,
    `--cluster-id=${clusterId(stack)}`,
  ];
}

function brokerCommand(values: KafkaValues): string[] {
  return [
    "java",
    `-Xmx${values.jvm.maxHeap}`,
    "-XX:+ExitOnOutOfMemoryError",
    `-Dlog4j2.configurationFile=${configDir}/log4j2.properties`,
    ...values.jvm.args,
    "-cp",
    values.classPath,
    "kafka.Kafka",
    `${configDir}/server.properties`,
  ];
}

/**
 * The same for every life of a stack: Kafka refuses a volume of another cluster, and volumes may outlive a destroy. Kafka
 * writes ids as 16 bytes in URL-safe base64 (org.apache.kafka.common.Uuid).
 */
function clusterId(stack: string): string {
  const hash = createHash("sha256").update(`realtime-analytics/${stack}/kafka`).digest();
  return hash.subarray(0, 16).toString("base64url");
}
