import type { DruidValues } from "../../settings";
import { quantityBytes } from "../kubernetes/quantity";
import { environmentNames, fromEnvironment, type Properties } from "./environment";
import { type DruidProcess, taskArguments } from "./jvm";
import { emitterProperties } from "./metrics";
import { taskPorts } from "./network";
import { type DruidUsers, securityProperties } from "./security";

/** Where the processes of one cluster find what they need outside of themselves. */
export interface DruidEndpoints {
  /** Names this cluster among others of the same Kubernetes namespace. */
  readonly clusterName: string;
  /** `host:port` of ZooKeeper, where it is used. */
  readonly zookeeper: string;
  /** `host:port/database` of the metadata in a Derby of its own, where it is used. */
  readonly derby: string;
  /** `host:port/database` of the metadata in PostgreSQL, where it is used, and its user. */
  readonly database?: { readonly address: string; readonly username: string };
  /** True where S3's keys are in the environment, rather than the pods having a cloud identity. */
  readonly s3Keys: boolean;
  readonly users: DruidUsers;
  /** Where the processes post their metrics. Undefined: nowhere. */
  readonly metricsUrl?: string;
}

/** Folder that all data services share. */
export const sharedDir = "/opt/shared";
/** Folder of one pod's own data. */
export const varDir = "/opt/druid/var";
/** runtime.properties of one process: what all have, what it needs, and the values' own on top. */
export function runtimeProperties(
  process: DruidProcess,
  values: DruidValues,
  endpoints: DruidEndpoints,
): string {
  const properties: Properties = {
    ...commonProperties(values, endpoints),
    ...securityProperties(process, endpoints.users),
    ...processProperties[process](values),
    ...emitterProperties(process, endpoints.metricsUrl),
    ...shutdownProperties(process, values),
    ...values.runtimeProperties,
    ...values[process].runtimeProperties,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}

/** A pod that stops and has another beside it goes on answering until those who ask have heard that it leaves. */
function shutdownProperties(process: DruidProcess, values: DruidValues): Properties {
  if (process === "indexer" || values[process].replicaCount === 1) return {};
  return { "druid.server.http.unannouncePropagationDelay": "PT5S" };
}

function commonProperties(values: DruidValues, endpoints: DruidEndpoints): Properties {
  return {
    "druid.extensions.directory": "/opt/druid/extensions",
    "druid.extensions.loadList": JSON.stringify(extensions(values)),
    ...discovery(values, endpoints),
    ...metadata(values, endpoints),
    ...deepStorage(values, endpoints),
    // Tasks, segments and inventory go by HTTP, which works with and without ZooKeeper.
    "druid.serverview.type": "http",
    "druid.coordinator.loadqueuepeon.type": "http",
    "druid.indexer.runner.type": "httpRemote",
    // Without lookups there is nothing to sync, and each service would wait 57 s for a coordinator that isn't up yet.
    "druid.lookup.enableLookupSyncOnStartup": false,
    "druid.startup.logging.logProperties": false,
    "druid.javascript.enabled": false,
    "druid.sql.enable": true,
  };
}

function extensions(values: DruidValues): string[] {
  return [
    ...new Set([
      ...values.extensions,
      "druid-basic-security",
      ...(values.discovery === "kubernetes" ? ["druid-kubernetes-extensions"] : []),
      ...(values.metadata.type === "postgresql" ? ["postgresql-metadata-storage"] : []),
      ...(values.deepStorage.type === "s3" ? ["druid-s3-extensions"] : []),
    ]),
  ].sort();
}

function discovery(values: DruidValues, endpoints: DruidEndpoints): Properties {
  if (values.discovery === "zookeeper") {
    return { "druid.zk.service.host": endpoints.zookeeper, "druid.zk.paths.base": "/druid" };
  }
  return {
    "druid.zk.service.enabled": false,
    "druid.discovery.type": "k8s",
    "druid.discovery.k8s.clusterIdentifier": endpoints.clusterName,
  };
}

function metadata(values: DruidValues, { database, derby }: DruidEndpoints): Properties {
  if (values.metadata.type !== "postgresql" || !database) {
    const own = `localhost:1527/${varDir}/metadata`;
    return {
      "druid.metadata.storage.type": "derby",
      "druid.metadata.storage.connector.connectURI": `jdbc:derby://${values.metadata.type === "derbyServer" ? derby : own};create=true`,
      // Each coordinator starts a server here, and where there is another, doesn't use its own.
      "druid.metadata.storage.connector.host": "localhost",
      "druid.metadata.storage.connector.port": 1527,
    };
  }
  return {
    "druid.metadata.storage.type": "postgresql",
    "druid.metadata.storage.connector.connectURI": `jdbc:postgresql://${database.address}`,
    "druid.metadata.storage.connector.user": database.username,
    "druid.metadata.storage.connector.password": fromEnvironment(environmentNames.databasePassword),
  };
}

function deepStorage({ deepStorage: storage }: DruidValues, endpoints: DruidEndpoints): Properties {
  if (storage.type === "volume") {
    return {
      "druid.storage.type": "local",
      "druid.storage.storageDirectory": `${sharedDir}/segments`,
      "druid.indexer.logs.type": "file",
      "druid.indexer.logs.directory": `${sharedDir}/task-logs`,
    };
  }
  const { s3 } = storage;
  return {
    "druid.storage.type": "s3",
    "druid.storage.bucket": s3.bucket,
    "druid.storage.baseKey": `${s3.prefix}/segments`,
    "druid.indexer.logs.type": "s3",
    "druid.indexer.logs.s3Bucket": s3.bucket,
    "druid.indexer.logs.s3Prefix": `${s3.prefix}/task-logs`,
    "druid.s3.enablePathStyleAccess": s3.pathStyle,
    // Buckets have their access lists switched off by default, and Druid would ask for leave to read them.
    "druid.storage.disableAcl": true,
    "druid.indexer.logs.disableAcl": true,
    ...(s3.endpoint && { "druid.s3.endpoint.url": s3.endpoint }),
    ...(s3.region && { "druid.s3.endpoint.signingRegion": s3.region }),
    ...(endpoints.s3Keys && {
      "druid.s3.accessKey": fromEnvironment(environmentNames.s3AccessKeyId),
      "druid.s3.secretKey": fromEnvironment(environmentNames.s3SecretAccessKey),
    }),
  };
}

const processProperties: Record<DruidProcess, (values: DruidValues) => Properties> = {
  coordinator: ({ coordinator }) => ({
    "druid.service": "druid/coordinator",
    "druid.plaintextPort": coordinator.service.port,
    "druid.coordinator.asOverlord.enabled": true,
    "druid.coordinator.asOverlord.overlordService": "druid/overlord",
    // Both delays exist for clusters of which the parts come up one after the other; here each waits for what it needs.
    "druid.coordinator.startDelay": "PT5S",
    "druid.indexer.queue.startDelay": "PT0S",
    "druid.coordinator.period": coordinator.period,
    "druid.manager.segments.pollDuration": coordinator.period,
    // What retention drops and compaction replaces is deleted from deep storage, too, after Druid's own respite: once it is
    // 90 days old, and 30 days out of use.
    "druid.coordinator.kill.on": true,
    "druid.indexer.storage.type": "metadata",
    // An Indexer that is gone for longer has lost its tasks; they are then started elsewhere, from the last commit.
    "druid.indexer.runner.taskCleanupTimeout": "PT1M",
  }),
  broker: ({ broker }) => ({
    "druid.service": "druid/broker",
    "druid.plaintextPort": broker.service.port,
    "druid.broker.http.numConnections": 10,
    ...queryProcessing,
  }),
  historical: ({ historical }) => ({
    "druid.service": "druid/historical",
    "druid.plaintextPort": historical.service.port,
    "druid.segmentCache.locations": JSON.stringify([
      { path: `${varDir}/segment-cache`, maxSize: segmentCacheBytes(historical.persistence.size) },
    ]),
    ...queryProcessing,
  }),
  indexer: ({ indexer }) => ({
    "druid.service": `druid/${indexer.kind}`,
    "druid.plaintextPort": indexer.service.port,
    "druid.worker.capacity": indexer.workerCapacity,
    "druid.indexer.task.baseTaskDir": `${varDir}/task`,
    ...(indexer.kind === "middleManager"
      ? {
          "druid.indexer.runner.startPort": taskPorts({ indexer }).port,
          "druid.indexer.runner.endPort": taskPorts({ indexer }).endPort,
          "druid.indexer.runner.javaOptsArray": JSON.stringify([
            ...taskArguments,
            ...indexer.taskJvmArgs,
          ]),
          ...forkedTasks(queryProcessing),
        }
      : queryProcessing),
  }),
  router: ({ router }) => ({
    "druid.service": "druid/router",
    "druid.plaintextPort": router.service.port,
    "druid.router.http.numConnections": 25,
    "druid.router.managementProxy.enabled": true,
    "druid.router.defaultBrokerServiceName": "druid/broker",
    "druid.router.coordinatorServiceName": "druid/coordinator",
  }),
};

/** (1 thread + 2 merge buffers + 1) × 20 MB: 80 MB of direct memory, below the smallest `maxDirectMemory` in use. */
const queryProcessing: Properties = {
  "druid.processing.numThreads": 1,
  "druid.processing.numMergeBuffers": 2,
  "druid.processing.buffer.sizeBytes": 20_000_000,
  "druid.server.http.numThreads": 25,
};

function forkedTasks(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [`druid.indexer.fork.property.${key}`, value]),
  );
}

/** Leaves a twentieth of the volume to the file system itself. */
function segmentCacheBytes(size: string): number {
  return Math.floor(quantityBytes(size) * 0.95);
}
