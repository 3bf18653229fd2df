import * as pulumi from "@pulumi/pulumi";
import { Druid } from "./components/druid";
import { Kafka } from "./components/kafka";
import { Namespace } from "./components/namespace";
import { Postgres } from "./components/postgres";
import { Producer } from "./components/producer";
import { Superset } from "./components/superset";
import { demo } from "./pipelines/demo";
import { readSettings } from "./settings";

const { config, context: kubeContext, ...settings } = readSettings();
const { stack } = settings;
const keepData = config.dataOnDestroy === "keep";
const registry = {
  address: config.imageRegistry,
  ...(config.imageRegistryUsername && {
    credentials: {
      username: config.imageRegistryUsername,
      password: pulumi.secret(config.imageRegistryPassword),
    },
  }),
};

const home = new Namespace("analytics", {
  name: config.namespace,
  stack,
  context: kubeContext,
  clusterDomain: config.clusterDomain,
  keep: keepData,
});
const placed = { namespace: home, stack, keepData };

const kafka = new Kafka("kafka", { ...placed, values: settings.kafka });
const druidInPostgres = settings.druid.metadata.type === "postgresql";
const postgres = new Postgres("postgres", {
  ...placed,
  values: settings.postgres,
  clients: druidInPostgres ? ["superset", "druid"] : ["superset"],
});
const druid = new Druid("druid", {
  ...placed,
  values: settings.druid,
  database: druidInPostgres ? postgres.access("druid") : undefined,
  s3Keys: config.druidS3AccessKeyId
    ? {
        accessKeyId: pulumi.secret(config.druidS3AccessKeyId),
        secretAccessKey: pulumi.secret(config.druidS3SecretAccessKey),
      }
    : undefined,
});
const superset = new Superset("superset", {
  ...placed,
  values: settings.superset,
  database: postgres.access("superset"),
  admin: { username: config.supersetAdminUsername, email: config.supersetAdminEmail },
  secretKey: config.supersetSecretKey ? pulumi.secret(config.supersetSecretKey) : undefined,
  registry,
});

if (config.producerMode === "standalone") {
  new Producer("producer", {
    ...placed,
    values: settings.producer,
    bootstrapServers: kafka.bootstrapServers,
    topic: demo.topic.name,
    intervalMs: config.producerIntervalMs,
    timestampFormat: config.producerTimestampFormat,
    logLevel: config.producerLogLevel,
    registry,
  });
}

/** Where everything lives. */
export const namespace = home.name;
/** Context of the kubeconfig; left out where it is the current one. */
export const context = kubeContext;
/** Services to port-forward to. */
export const services = {
  kafka: { service: kafka.service, port: kafka.port },
  druid: { service: druid.service, port: druid.port },
  coordinator: { service: druid.coordinatorService, port: druid.coordinatorPort },
  superset: { service: superset.service, port: superset.port },
};
export const supersetUsername = superset.adminUsername;
export const supersetPassword = superset.adminPassword;
export const producerMode = config.producerMode;
