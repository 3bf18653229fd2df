import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ExporterConfig, loginFiles } from "../../exporter/settings";
import type { Stream } from "../../pipelines/declare/stream";
import { bundleProgram } from "../../producer/bundle";
import type { MonitoringValues } from "../../settings";
import type { Druid } from "../druid/druid";
import { reading } from "../druid/security";
import { everything, type KafkaAccount } from "../kafka/account";
import type { KafkaCluster } from "../kafka/cluster";
import { App } from "../kubernetes/app";
import { createConfigMap, createSecret } from "../kubernetes/config";
import type { Namespace } from "../kubernetes/namespace";
import { containerImage, type PodArgs, probes } from "../kubernetes/pod";
import { metricsPortName, scrapeAnnotations } from "../kubernetes/scrape";
import { createDeployment } from "../kubernetes/workload";
import type { Superset } from "../superset/superset";
import { exporterName, exporterPorts } from "./endpoints";

export interface ExporterArgs {
  /** Namespace to live in. */
  readonly namespace: Namespace;
  readonly values: MonitoringValues["exporter"];
  readonly kafka: Pick<KafkaCluster, "createAccount" | "external">;
  readonly druid: Pick<Druid, "createUser" | "service" | "port">;
  readonly superset: Pick<Superset, "service" | "port">;
  readonly streams: readonly Stream[];
  /** Those of the streams that it sends to. */
  readonly topics: readonly pulumi.Resource[];
  /** Whose time of expiry is told: certificates as PEM, by the service that shows them. */
  readonly certificates: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Whether the exporter sends the stream's events. */
export const isSent = ({ sentBy }: Pick<Stream, "sentBy">) => sentBy === "exporter";

const component = "metrics";
/** User `node` of the image. */
const uid = 1000;
const programDir = "/app";
const configDir = "/etc/exporter";
const loginDir = "/etc/exporter-login";

/**
 * The exporter: one pod, which asks Kafka, Druid and Superset for their metrics and those of the streams, and takes what they send. Its
 * users may only describe and read. Another set of streams rolls the pod, within seconds, where a mounted file would take a minute
 * to change.
 */
export class Exporter extends pulumi.ComponentResource {
  readonly deployment: k8s.apps.v1.Deployment;

  constructor(name: string, args: ExporterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Exporter", name, {}, opts);
    const { namespace, kafka, druid, streams } = args;
    const app = new App({
      name: exporterName,
      version: "0.1.0",
      namespace,
      parent: this,
      resourceName: name,
    });
    const account = kafka.createAccount("exporter");
    const access = everything
      .filter(({ type }) => type !== "transactionalId")
      .flatMap((resource) =>
        account.permit(`${name}-${resource.type}-access`, {
          resource,
          operations: ["DESCRIBE"],
          parent: this,
        }),
      );
    const mayWrite = streams.filter(isSent).flatMap(({ name: stream, topic }) =>
      account.permit(`${name}-${stream}-access`, {
        resource: { type: "topic", name: topic.name },
        operations: ["WRITE"],
        parent: this,
      }),
    );
    const datasources = new Set(streams.map(({ ingestion }) => ingestion.datasource));
    const user = druid.createUser("exporter", reading([...datasources].sort()));
    const config = exporterConfig(args, account, user.username);
    const files = createFiles(app, account, user.password, config);
    this.deployment = createDeployment(app, {
      component,
      name: exporterName,
      dependsOn: [
        ...access,
        ...mayWrite,
        ...args.topics,
        ...account.before,
        user.user,
        ...namespace.policyOf(exporterName),
      ],
      ports: {
        service: { [metricsPortName]: exporterPorts.metrics, druid: exporterPorts.druid },
        udp: { statsd: exporterPorts.statsd },
      },
      pod: exporterPod(args.values, files),
    });
    this.registerOutputs({});
  }
}

function exporterConfig(
  { values, kafka, druid, superset, streams, certificates }: ExporterArgs,
  { bootstrapServers, mechanism, username, tls }: KafkaAccount,
  druidUsername: string,
): pulumi.Output<string> {
  return pulumi.output(certificates).apply((pems) => {
    const config: ExporterConfig = {
      pollMs: 1_000 * Number.parseInt(values.pollInterval, 10),
      streams: streams.map(({ name, topic, ingestion }) => ({
        name,
        topic: topic.name,
        datasource: ingestion.datasource,
      })),
      operations: streams.filter(isSent).map(({ topic }) => topic.name),
      kafka: {
        brokers: bootstrapServers.split(","),
        tls,
        ...(mechanism !== "none" && { login: { mechanism, username } }),
        // Of a service, the disks are its own affair.
        disks: kafka.external === undefined,
      },
      druid: { url: `http://${druid.service}:${druid.port}`, username: druidUsername },
      superset: { url: `http://${superset.service}:${superset.port}` },
      certificates: pems,
    };
    return JSON.stringify(config, undefined, 2);
  });
}

/** Volumes of the pod, with where they are mounted. */
type Files = { readonly mountPath: string; readonly volume: k8s.types.input.core.v1.Volume }[];

function createFiles(
  app: App,
  { mechanism, password, authority }: KafkaAccount,
  druidPassword: pulumi.Output<string>,
  config: pulumi.Output<string>,
): Files {
  const folder = join(__dirname, "..", "..", "exporter", "dist");
  const bundle = bundleProgram("exporter/main.ts", folder).then((file) => readFile(file, "utf8"));
  const program = createConfigMap(app, component, { "main.js": bundle }, "program");
  const settings = createConfigMap(app, component, { "exporter.json": config });
  const { secret } = createSecret(
    app,
    component,
    {
      ...(mechanism !== "none" && { [loginFiles.kafka]: password }),
      [loginFiles.druid]: druidPassword,
      ...(authority && { [loginFiles.authority]: authority }),
    },
    "login",
  );
  const configMap = (name: string, { metadata }: k8s.core.v1.ConfigMap) => ({
    name,
    configMap: { name: metadata.name },
  });
  return [
    { mountPath: programDir, volume: configMap("program", program) },
    { mountPath: configDir, volume: configMap("config", settings) },
    {
      mountPath: loginDir,
      volume: { name: "login", secret: { secretName: secret.metadata.name } },
    },
  ];
}

function exporterPod(values: ExporterArgs["values"], files: Files): Omit<PodArgs, "component"> {
  return {
    uid,
    values,
    annotations: scrapeAnnotations(exporterPorts.metrics),
    container: {
      ...containerImage(values.image),
      name: exporterName,
      resources: values.resources,
      command: [
        "node",
        // It keeps little: Node takes more where it may.
        "--max-old-space-size=48",
        "--max-semi-space-size=2",
        `${programDir}/main.js`,
      ],
      env: [
        { name: "NODE_ENV", value: "production" },
        { name: "EXPORTER_CONFIG", value: `${configDir}/exporter.json` },
        { name: "EXPORTER_LOGIN", value: loginDir },
      ],
      volumeMounts: files.map(({ mountPath, volume }) => ({
        name: volume.name,
        mountPath,
        readOnly: true,
      })),
      ...probes({ httpGet: { path: "/healthz", port: metricsPortName } }, { startSeconds: 120 }),
    },
    volumes: files.map(({ volume }) => volume),
  };
}
