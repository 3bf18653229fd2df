import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { SenderSpec } from "../pipelines/derive/sender";
import { bundleProducer } from "../producer/bundle";
import type { ProducerValues, Settings } from "../settings";
import type { KafkaAccount } from "./kafka/account";
import { App } from "./kubernetes/app";
import { createConfigMap, createSecret } from "./kubernetes/config";
import { buildImage, builtImagePullPolicy, canBuild, type Registry } from "./kubernetes/image";
import type { Namespace } from "./kubernetes/namespace";
import { type PodArgs, probes } from "./kubernetes/pod";
import { metricsPortName, scrapeAnnotations } from "./kubernetes/scrape";
import { createDeployment } from "./kubernetes/workload";

/** A stream to send the events of. */
export interface SentStream {
  readonly spec: SenderSpec;
  /** What is there before the first event is sent, and until after the last: the topic, what reads it, and what shows it. */
  readonly after?: pulumi.Resource[];
}

export interface ProducerArgs {
  /** Namespace to live in. */
  readonly namespace: Namespace;
  readonly values: ProducerValues;
  /** By which it writes to the streams' topics. */
  readonly account: KafkaAccount;
  readonly streams: readonly SentStream[];
  /** Time between two rounds of every stream, in ms. Default: each stream's own. */
  readonly intervalMs?: number;
  readonly logLevel: Settings["config"]["producerLogLevel"];
  /** Whether its metrics are to be scraped. */
  readonly isScraped: boolean;
  /** Where the image goes. With neither a registry nor a kind cluster none is built. */
  readonly registry: Registry;
}

/** Of the probes, and of the metrics. */
export const producerPort = 8080;
/** User `node` of the base image. */
const uid = 1000;
const programDir = "/app";
const specDir = "/etc/producer";
const specFile = "stream.json";
/** Folder of what Kafka asks for: the password, and the authority that its certificate is signed by. */
const loginDir = "/etc/kafka-login";

/** The standalone producer: a Deployment `producer-<stream>` for each stream. They share one program. */
export class Producer extends pulumi.ComponentResource {
  /** By the stream's name. Each is ready once it has reached Kafka. */
  readonly deployments: Readonly<Record<string, k8s.apps.v1.Deployment>>;

  constructor(name: string, args: ProducerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Producer", name, {}, opts);
    const { namespace, registry, streams } = args;
    const app = new App({
      name: "producer",
      version: "0.1.0",
      namespace,
      parent: this,
      resourceName: name,
    });
    const program = canBuild(registry) ? builtProgram(app, args) : mountedProgram(app, args);
    const login = createLogin(app, args.account);
    this.deployments = Object.fromEntries(
      streams.map((stream) => [
        stream.spec.name,
        createSender(app, args, { program, login }, stream),
      ]),
    );
    this.registerOutputs({});
  }
}

/** The program in a pod: the container's part, and the volumes of the pod. */
interface Program {
  readonly container: Pick<PodArgs["container"], "image" | "imagePullPolicy" | "command"> & {
    readonly volumeMounts: k8s.types.input.core.v1.VolumeMount[];
  };
  readonly volumes: k8s.types.input.core.v1.Volume[];
}

/** The bundle in an image of its own. Each run makes the bundle, so that the image is never older than the sources. */
function builtProgram(app: App, { values, registry }: ProducerArgs): Program {
  const image = buildImage(
    `${app.resourceName}-image`,
    {
      context: join(__dirname, "..", "producer"),
      files: bundleProducer().then(() => ["dist/main.js"]),
      baseImage: values.image.build.baseImage,
      repository: values.image.repository,
      registry,
    },
    { parent: app.parent },
  );
  const imagePullPolicy = builtImagePullPolicy(registry, values.image.pullPolicy);
  return { container: { image, imagePullPolicy, volumeMounts: [] }, volumes: [] };
}

/** The bundle in a ConfigMap, for the official image of Node, where producer/Dockerfile would have put it. */
function mountedProgram(app: App, { values }: ProducerArgs): Program {
  const bundle = bundleProducer().then((file) => readFile(file, "utf8"));
  const { metadata } = createConfigMap(app, "program", { "main.js": bundle }, "program");
  return {
    container: {
      image: values.image.build.baseImage,
      imagePullPolicy: values.image.pullPolicy,
      command: ["node", `${programDir}/main.js`],
      volumeMounts: [{ name: "program", mountPath: programDir, readOnly: true }],
    },
    volumes: [{ name: "program", configMap: { name: metadata.name } }],
  };
}

function createSender(
  app: App,
  args: ProducerArgs,
  { program, login }: { readonly program: Program; readonly login: Login },
  { spec, after }: SentStream,
): k8s.apps.v1.Deployment {
  const { values } = args;
  // The selector's labels and the resources' names tell the streams apart.
  const component = spec.name;
  const data = { [specFile]: JSON.stringify(spec, undefined, 2) };
  const { metadata } = createConfigMap(app, component, data, `${spec.name}-stream`);
  return createDeployment(app, {
    component,
    // Kubernetes' names have no _.
    name: `producer-${spec.name.replaceAll("_", "-")}`,
    resourceNames: { workload: `${spec.name}-deployment` },
    dependsOn: [...(after ?? []), ...app.namespace.policyOf(app.name)],
    // Two at a time would send each round twice.
    strategy: { type: "Recreate" },
    ports: { pod: { [metricsPortName]: producerPort } },
    pod: {
      uid,
      values,
      annotations: args.isScraped ? scrapeAnnotations(producerPort) : {},
      terminationGracePeriodSeconds: values.terminationGracePeriodSeconds,
      container: {
        ...program.container,
        name: "producer",
        resources: values.resources,
        env: [...environment(args), ...login.env],
        volumeMounts: [
          ...program.container.volumeMounts,
          ...login.volumeMounts,
          { name: "stream", mountPath: specDir, readOnly: true },
        ],
        ...probes(
          { httpGet: { path: "/readyz", port: metricsPortName } },
          { startSeconds: 120 },
          { httpGet: { path: "/healthz", port: metricsPortName } },
        ),
      },
      volumes: [
        ...program.volumes,
        ...login.volumes,
        { name: "stream", configMap: { name: metadata.name } },
      ],
    },
  });
}

/** How the pods log in to Kafka: by files of a Secret. */
interface Login extends Pick<Program, "volumes"> {
  readonly env: { readonly name: string; readonly value: string }[];
  readonly volumeMounts: k8s.types.input.core.v1.VolumeMount[];
}

function createLogin(app: App, account: KafkaAccount): Login {
  const { username, password, mechanism, tls, authority } = account;
  const name = "kafka-login";
  const data = {
    ...(mechanism !== "none" && { password }),
    ...(authority && { "authority.pem": authority }),
  };
  const { secret } = createSecret(app, name, data, name);
  return {
    env: [
      ...(mechanism === "none"
        ? []
        : [
            { name: "KAFKA_SASL_MECHANISM", value: mechanism },
            { name: "KAFKA_SASL_USERNAME", value: username },
            { name: "KAFKA_SASL_PASSWORD_FILE", value: `${loginDir}/password` },
          ]),
      ...(tls ? [{ name: "KAFKA_SSL", value: "true" }] : []),
      ...(authority ? [{ name: "KAFKA_SSL_CA_FILE", value: `${loginDir}/authority.pem` }] : []),
    ],
    volumes: [{ name, secret: { secretName: secret.metadata.name } }],
    volumeMounts: [{ name, mountPath: loginDir, readOnly: true }],
  };
}

/** The variables that producer/variables.ts checks when it starts. */
function environment({ values, account, intervalMs, logLevel }: ProducerArgs) {
  // Five seconds before Kubernetes kills it.
  const shutdownSeconds = Math.max(1, values.terminationGracePeriodSeconds - 5);
  return [
    { name: "NODE_ENV", value: "production" },
    { name: "KAFKA_BROKERS", value: account.bootstrapServers },
    { name: "PRODUCER_SPEC", value: `${specDir}/${specFile}` },
    ...(intervalMs === undefined
      ? []
      : [{ name: "PRODUCER_INTERVAL_SECONDS", value: String(intervalMs / 1000) }]),
    { name: "LOG_LEVEL", value: logLevel },
    { name: "PRODUCER_BUFFER_MESSAGES", value: String(values.maxBufferedMessages) },
    { name: "PRODUCER_SHUTDOWN_SECONDS", value: String(shutdownSeconds) },
    { name: "PRODUCER_HEALTH_PORT", value: String(producerPort) },
  ];
}
