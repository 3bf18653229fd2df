import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { bundleProducer } from "../producer/bundle";
import type { ProducerValues, Settings } from "../settings";
import { App } from "./kubernetes/app";
import { buildImage, type Registry } from "./kubernetes/image";
import type { Namespace } from "./kubernetes/namespace";
import { probes } from "./kubernetes/pod";
import { createDeployment } from "./kubernetes/workload";

export interface ProducerArgs {
  /** Namespace to live in. */
  readonly namespace: Namespace;
  readonly values: ProducerValues;
  /** `host:port` of Kafka. */
  readonly bootstrapServers: string;
  /** Topic to send to; it must exist. */
  readonly topic: pulumi.Input<string>;
  /** Time between two rounds of messages, in ms. */
  readonly intervalMs: number;
  readonly timestampFormat: Settings["config"]["producerTimestampFormat"];
  readonly logLevel: Settings["config"]["producerLogLevel"];
  /** What is there before the first event is sent, and until after the last: what reads them, and shows them. */
  readonly after?: pulumi.Resource;
  /** Where the image goes. */
  readonly registry: Registry;
}

const component = "producer";
const healthPort = 8080;
/** User `node` of the base image. */
const uid = 1000;

/** The standalone producer: one message a coin, in an interval. */
export class Producer extends pulumi.ComponentResource {
  /** Ready once it has reached Kafka. */
  readonly deployment: k8s.apps.v1.Deployment;

  constructor(name: string, args: ProducerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Producer", name, {}, opts);
    const { namespace, after: dependsOn } = args;
    const app = new App({
      name: "producer",
      version: "0.1.0",
      namespace,
      parent: this,
      resourceName: name,
      dependsOn,
    });
    this.deployment = createSender(app, args, createImage(app, args));
    this.registerOutputs({});
  }
}

/** The bundle is made by each run, so that the image never is older than the sources. */
function createImage(app: App, { values, registry }: ProducerArgs): pulumi.Output<string> {
  return buildImage(
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
}

function createSender(
  app: App,
  args: ProducerArgs,
  image: pulumi.Output<string>,
): k8s.apps.v1.Deployment {
  const { values } = args;
  return createDeployment(app, {
    component,
    name: "producer",
    resourceNames: { workload: "deployment" },
    // Two at a time would send each round twice.
    strategy: { type: "Recreate" },
    ports: { pod: { health: healthPort } },
    pod: {
      uid,
      values,
      terminationGracePeriodSeconds: values.terminationGracePeriodSeconds,
      container: {
        name: component,
        image,
        imagePullPolicy: values.image.pullPolicy,
        resources: values.resources,
        env: environment(args),
        ...probes(
          { httpGet: { path: "/readyz", port: "health" } },
          { startSeconds: 120 },
          { httpGet: { path: "/healthz", port: "health" } },
        ),
      },
    },
  });
}

/** The variables that producer/variables.ts checks when it starts. */
function environment(args: ProducerArgs) {
  const { values } = args;
  // Five seconds before Kubernetes kills it.
  const shutdownSeconds = Math.max(1, values.terminationGracePeriodSeconds - 5);
  return [
    { name: "KAFKA_BROKERS", value: args.bootstrapServers },
    { name: "KAFKA_TOPIC", value: args.topic },
    { name: "PRODUCER_INTERVAL_SECONDS", value: String(args.intervalMs / 1000) },
    { name: "PRODUCER_TIMESTAMP_FORMAT", value: args.timestampFormat },
    { name: "LOG_LEVEL", value: args.logLevel },
    { name: "PRODUCER_BUFFER_MESSAGES", value: String(values.maxBufferedMessages) },
    { name: "PRODUCER_SHUTDOWN_SECONDS", value: String(shutdownSeconds) },
    { name: "PRODUCER_HEALTH_PORT", value: String(healthPort) },
  ];
}
