import { createAuthority } from "./components/authority";
import { connections } from "./components/connections";
import { DashboardResources } from "./components/dashboard";
import { Druid } from "./components/druid/druid";
import { requireTaskSlots } from "./components/druid/slots";
import { hideErrorsOfEndedRun } from "./components/ended-run";
import { createKafka } from "./components/kafka/create";
import { externalKafkaTarget } from "./components/kafka/external";
import { Namespace } from "./components/kubernetes/namespace";
import { druidEventsUrl, statsdAddress } from "./components/monitoring/endpoints";
import { isSent } from "./components/monitoring/exporter";
import { createMonitoring } from "./components/monitoring/monitoring";
import { createDatabaseServer } from "./components/postgres/server";
import { createSenders, isSender } from "./components/senders";
import { StreamResources } from "./components/stream";
import { StreamServices } from "./components/stream-services";
import { Superset } from "./components/superset/superset";
import { discover } from "./pipelines";
import { requireExtensions } from "./pipelines/derive/extensions";
import { readingTasks } from "./pipelines/derive/slots";
import { startPreflight } from "./preflight";
import { readSettings } from "./settings";

hideErrorsOfEndedRun();
const { config, stack, registry, context: kubeContext, ...settings } = readSettings();
const keepData = config.dataOnDestroy === "keep";

const { streams: all, dashboards: declaredDashboards } = discover();
// The exporter's streams are its own, not those of every stack.
const declared = all.filter((stream) => !isSent(stream) || config.operationsDashboard);
requireExtensions(declared, settings.druid.extensions, settings.druid.metadata.type === "derby");
requireTaskSlots(settings.druid, readingTasks(declared, settings.druid.indexer.taskReplicas));

startPreflight({
  stack,
  kafka: externalKafkaTarget(settings.kafka, config.kafkaPassword, declared),
  context: kubeContext,
  namespace: config.namespace,
  storageClass: config.storageClass,
  mode: config.preflight,
});

const stackNamespace = new Namespace("analytics", {
  name: config.namespace,
  stack,
  context: kubeContext,
  clusterDomain: config.clusterDomain,
  keepData,
  storageClass: config.storageClass,
  connections: connections({ ...settings, config }, declared),
  readyTimeout: config.readyTimeout,
});
const { secretsGeneration: generation } = config;
const common = { namespace: stackNamespace, secretsGeneration: generation };

const { monitoring } = settings;
const authority = createAuthority();
const kafka = createKafka("kafka", {
  ...common,
  values: settings.kafka,
  authority,
  external: settings.externalKafka,
});
const druidInPostgres = settings.druid.metadata.type === "postgresql";
const databases = createDatabaseServer("postgres", {
  ...common,
  values: settings.postgres,
  authority,
  external: settings.externalDatabase,
  exporter: monitoring.enabled ? monitoring.postgresExporter : undefined,
  clients: [
    "superset",
    ...(druidInPostgres ? ["druid"] : []),
    ...(isSender(config, "airflow") ? ["airflow"] : []),
  ],
});
const druid = new Druid("druid", {
  ...common,
  values: settings.druid,
  kafka: kafka.createAccount("druid"),
  database: druidInPostgres ? databases.access("druid") : undefined,
  s3Keys: settings.s3Keys,
  metricsUrl: monitoring.enabled ? druidEventsUrl : undefined,
});
const superset = new Superset("superset", {
  ...common,
  values: settings.superset,
  database: databases.access("superset"),
  admin: { username: config.supersetAdminUsername, email: config.supersetAdminEmail },
  secretKey: settings.supersetSecretKey,
  statsAddress: monitoring.enabled ? statsdAddress : undefined,
  registry,
});

// Its `childOptions` state the order of a destroy: what is registered in a service goes before it.
const streamServices = new StreamServices("services", {
  namespace: stackNamespace,
  kafka,
  druid,
  superset,
  adopt: config.adopt,
  keepData,
  streams: declared,
  deleteData: config.deleteData.split(",").filter(Boolean),
});
const streams = Object.fromEntries(
  declared.map((stream) => [
    stream.name,
    new StreamResources(stream.name, { stream, services: streamServices }),
  ]),
);

const datasets = Object.fromEntries(
  Object.entries(streams).map(([name, { dataset }]) => [name, dataset]),
);
const sharedDashboards = Object.fromEntries(
  declaredDashboards.map((dashboard) => [
    dashboard.name,
    new DashboardResources(dashboard.name, { dashboard, datasets, services: streamServices }),
  ]),
);

const { airflow } = createSenders({
  ...common,
  settings: { ...settings, config, registry },
  kafka,
  databases,
  declared,
  resources: streams,
});

const { prometheus } = createMonitoring({
  namespace: stackNamespace,
  settings: { ...settings, config },
  kafka,
  druid,
  superset,
  streams: declared,
  topics: declared.filter(isSent).flatMap(({ name }) => streams[name]?.topic ?? []),
  certificates: {
    authority: authority.certificate,
    ...(kafka.certificate && { kafka: kafka.certificate }),
    ...(databases.certificate && { postgres: databases.certificate }),
  },
});

/** Where everything lives. */
export const namespace = stackNamespace.name;
/** What a destroy does with namespace and volumes: delete or keep. */
export const dataOnDestroy = config.dataOnDestroy;
/** Context of the kubeconfig; empty where it is the current one. */
export const context = kubeContext ?? "";
/** Services to port-forward to. */
export const services = {
  kafka: {
    service: kafka.service,
    port: kafka.port,
    tls: kafka.administrator.tls,
    ...(kafka.external && { external: kafka.external }),
  },
  druid: { service: druid.service, port: druid.port },
  coordinator: { service: druid.coordinatorService, port: druid.coordinatorPort },
  superset: { service: superset.service, port: superset.port },
  ...(airflow && { airflow: { service: airflow.service, port: airflow.port } }),
  ...(prometheus && { prometheus: { service: prometheus.service, port: prometheus.port } }),
};
/** Of each service that people reach from outside of the cluster. */
export const urls = {
  ...(superset.url && { superset: superset.url }),
  ...(druid.url && { druid: druid.url }),
  ...(airflow?.url && { airflow: airflow.url }),
};
/** Of Druid's administrator. */
export const druidUsername = druid.administrator.username;
export const druidPassword = druid.administrator.password;
/** Of Kafka's administrator, or of the one user of a Kafka that is there already. */
export const kafkaUsername = kafka.administrator.username;
export const kafkaPassword = kafka.administrator.password;
/** As PEM: what TLS clients of Kafka trust. Empty: what they trust by themselves. */
export const certificateAuthority = kafka.external
  ? (kafka.administrator.authority ?? "")
  : authority.certificate;
export const supersetUsername = superset.adminUsername;
export const supersetPassword = superset.adminPassword;
/** Whom the stack's registrations and `make verify` log in to Superset as. */
export const supersetRegistrarUsername = superset.registrar.username;
export const supersetRegistrarPassword = superset.registrar.password;
/** Empty where the stack has no Airflow. */
export const airflowUsername = airflow?.adminUsername ?? "";
export const airflowPassword = airflow?.adminPassword ?? "";
export const producerMode = config.producerMode;
/** Of the passwords and keys that are in use; told once Superset has taken to them. */
export const secretsGeneration = superset.setup.id.apply(() => generation);
/** Of each stream: topic, datasource, the dashboard's slug and the charts' numbers. */
export const pipelines = Object.fromEntries(
  Object.entries(streams).map(([name, { outputs }]) => [name, outputs]),
);
/** Of each dashboard of several streams: its slug and the charts' numbers. */
export const dashboards = Object.fromEntries(
  Object.entries(sharedDashboards).map(([name, { outputs }]) => [name, outputs]),
);
