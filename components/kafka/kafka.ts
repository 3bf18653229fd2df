import { createHash } from "node:crypto";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { KafkaConnection } from "../../resources/connection";
import type { CertificateAuthority } from "../../resources/tls/authority";
import type { KafkaValues } from "../../settings";
import { App } from "../kubernetes/app";
import { createConfigMap, type HeldSecrets } from "../kubernetes/config";
import { serviceConnection } from "../kubernetes/connection";
import type { Namespace } from "../kubernetes/namespace";
import { containerImage, fromField } from "../kubernetes/pod";
import { dataVolume } from "../kubernetes/volume";
import { createStatefulSet } from "../kubernetes/workload";
import { createAccount, type KafkaAccount, permitEverything } from "./account";
import { createIdentity, createNodeCertificate } from "./certificates";
import type { KafkaCluster } from "./cluster";
import { brokerProbes } from "./probes";
import { log4j2Properties, serverProperties, toolProperties } from "./properties";

export interface KafkaArgs {
  /** Namespace to live in. */
  readonly namespace: Namespace;
  readonly values: KafkaValues;
  /** Signs the nodes' certificate. */
  readonly authority: CertificateAuthority;
  /** Of the certificates and passwords: counted up, another of each is made. */
  readonly secretsGeneration: number;
}

const serviceName = "kafka";
const component = "broker";
export const replicationPort = 9091;
export const controllerPort = 9093;
const configDir = "/etc/kafka-config";
const certificateDir = "/etc/kafka-certificate";
/** Where the volume is mounted. */
const volumeDir = "/var/lib/kafka/data";
/** User `appuser` of the official image. */
const uid = 1000;

/**
 * Kafka in KRaft mode: nodes that each are broker and controller, with a volume each.
 *
 * Clients start from `kafka:<port>`, log in there with a password, and are then led to the nodes' own names, which the
 * headless Service gives them. The nodes know each other by a certificate, as they do the stack's administration, which
 * therefore needs no user to be there.
 */
export class Kafka extends pulumi.ComponentResource implements KafkaCluster {
  /** Name of the bootstrap Service. */
  readonly service = serviceName;
  readonly port: number;
  /** `kafka:<port>`, as the namespace's pods reach it. */
  readonly bootstrapServers: string;
  /** Copies of a topic's partitions, where the topic doesn't say. */
  readonly replicationFactor: number;
  /** Copies that must have a record before it is acknowledged. */
  readonly minInSyncReplicas: number;
  /** The nodes', as PEM. */
  readonly certificate: pulumi.Output<string>;
  /** Ready once every broker serves. */
  readonly nodes: k8s.apps.v1.StatefulSet;
  /** How this program reaches the brokers, as one who may do everything. A secret. */
  readonly connection: pulumi.Output<KafkaConnection>;
  /** For people and for the stack's tools. It may do everything that a client can. */
  readonly administrator: KafkaAccount;
  /** Makes a user, which may do nothing yet. */
  readonly createAccount: (name: string) => KafkaAccount;

  constructor(name: string, args: KafkaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Kafka", name, {}, opts);
    const { namespace, values } = args;
    const version = values.image.tag;
    const app = new App({ name: "kafka", version, namespace, parent: this, resourceName: name });
    this.port = values.service.port;
    this.bootstrapServers = `${serviceName}:${this.port}`;
    this.replicationFactor = values.replicationFactor;
    this.minInSyncReplicas = values.minInSyncReplicas;

    const { authority, secretsGeneration: generation } = args;
    const signed = { authority, generation };
    const config = createConfig(app, values);
    const { files, certificate } = createNodeCertificate(app, serviceName, signed);
    this.certificate = certificate;
    this.nodes = createNodes(app, values, config, files);
    const identity = createIdentity(app, signed);
    const target = { service: serviceName, port: replicationPort };
    this.connection = pulumi.secret(
      pulumi
        .all([serviceConnection(namespace, target), identity])
        .apply(([reached, tls]) => ({ ...reached, tls })),
    );
    const { bootstrapServers, connection, nodes } = this;
    this.createAccount = (user) =>
      createAccount(app, user, {
        ...{ bootstrapServers, connection, nodes, generation },
        authority: values.tls.enabled ? authority.certificate : undefined,
      });
    this.administrator = this.createAccount("administrator");
    permitEverything(app, this.administrator);
    this.registerOutputs({ bootstrapServers: this.bootstrapServers });
  }
}

function createConfig(app: App, values: KafkaValues): k8s.core.v1.ConfigMap {
  return createConfigMap(app, component, {
    "server.properties": app.namespace.domain.apply((domain) =>
      serverProperties(
        values,
        {
          statefulSet: serviceName,
          domain: `${serviceName}-headless.${domain}`,
          clientPort: values.service.port,
          replicationPort,
          controllerPort,
        },
        certificateDir,
      ),
    ),
    "tool.properties": toolProperties(certificateDir),
    "log4j2.properties": log4j2Properties(),
  });
}

function createNodes(
  app: App,
  values: KafkaValues,
  config: k8s.core.v1.ConfigMap,
  certificate: HeldSecrets,
): k8s.apps.v1.StatefulSet {
  const data = dataVolume(app, "data", values.persistence);
  const container = {
    ...containerImage(values.image),
    resources: values.resources,
    env: [
      fromField("NODE_ID", "metadata.labels['apps.kubernetes.io/pod-index']"),
      fromField("POD_NAME", "metadata.name"),
    ],
    volumeMounts: [
      { name: "config", mountPath: configDir, readOnly: true },
      { name: "certificate", mountPath: certificateDir, readOnly: true },
      { name: "data", mountPath: volumeDir },
    ],
  };
  return createStatefulSet(app, {
    component,
    name: serviceName,
    resourceNames: { workload: "nodes", service: "bootstrap" },
    replicas: values.replicaCount,
    ports: {
      service: { kafka: values.service.port, replication: replicationPort },
      peers: { controller: controllerPort },
    },
    data,
    // A quorum starts by a majority at once, never one after the other.
    podManagementPolicy: "Parallel",
    pod: {
      uid,
      values,
      terminationGracePeriodSeconds: values.terminationGracePeriodSeconds,
      initContainers: [
        { ...container, name: "format", command: formatCommand(values, app.namespace.stack) },
      ],
      container: {
        ...container,
        name: "kafka",
        command: brokerCommand(values),
        ...brokerProbes(values, {
          address: `localhost:${replicationPort}`,
          properties: `${configDir}/tool.properties`,
        }),
      },
      volumes: [
        { name: "config", configMap: { name: config.metadata.name } },
        { name: "certificate", secret: { secretName: certificate.secret.metadata.name } },
        ...data.volumes,
      ],
    },
  });
}

/**
 * Runs a command with LOG_DIR, the folder of Kafka's logs. Kafka takes every folder in it for a partition's, and the root of
 * an ext4 volume has `lost+found`: so the logs have a folder of their own, unless an earlier version has left them in the root.
 */
function withLogDir(command: readonly string[]): string[] {
  const script = `LOG_DIR=${volumeDir}/logs
[ ! -e ${volumeDir}/meta.properties ] || LOG_DIR=${volumeDir}
export LOG_DIR
exec "$@"`;
  return ["sh", "-c", script, "sh", ...command];
}

/** Formats a new volume, and leaves one that has data as it is. */
function formatCommand(values: KafkaValues, stack: string) {
  return withLogDir([
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
  ]);
}

function brokerCommand(values: KafkaValues): string[] {
  return withLogDir([
    "java",
    `-Xmx${values.jvm.maxHeap}`,
    "-XX:+ExitOnOutOfMemoryError",
    `-Dlog4j2.configurationFile=${configDir}/log4j2.properties`,
    ...values.jvm.args,
    "-cp",
    values.classPath,
    "kafka.Kafka",
    `${configDir}/server.properties`,
  ]);
}

/**
 * The same for every life of a stack: Kafka refuses a volume of another cluster, and volumes may outlive a destroy. Kafka
 * writes ids as 16 bytes in URL-safe base64 (org.apache.kafka.common.Uuid).
 */
function clusterId(stack: string): string {
  const hash = createHash("sha256").update(`realtime-analytics/${stack}/kafka`).digest();
  return hash.subarray(0, 16).toString("base64url");
}
