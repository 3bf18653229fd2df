import { z } from "../zod";
import {
  atLeast,
  exposureFields,
  image,
  isoDuration,
  jvm,
  jvmSize,
  persistence,
  podFields,
  properties,
  quantity,
  replicaCount,
  resources,
  servicePort,
} from "./fragments";

const process = {
  jvm: jvm(),
  maxDirectMemory: jvmSize().describe("-XX:MaxDirectMemorySize."),
  runtimeProperties: properties().describe("Further runtime properties of this service alone."),
  service: servicePort(),
  resources: resources(),
  ...podFields,
};

/** Schema of charts-values/druid.yaml. */
export const druid = z.strictObject({
  image: image(),
  classPath: z
    .string()
    .min(1)
    .describe("Java class path within the image, or an @argument-file with it."),
  extensions: z
    .array(z.string().min(1))
    .describe(
      "Extensions to load. Those for discovery, metadata and deep storage are added automatically.",
    ),
  discovery: z
    .enum(["kubernetes", "zookeeper"])
    .describe(
      "How services find each other. zookeeper adds a ZooKeeper, from the jars in Druid's image.",
    ),
  serviceAccount: z
    .strictObject({
      create: z.boolean().describe("true: the pods have an account of their own, named druid."),
      annotations: z
        .record(z.string(), z.string())
        .describe(
          "Annotations of the account, such as eks.amazonaws.com/role-arn or iam.gke.io/gcp-service-account.",
        ),
    })
    .describe("The pods' account, for a cloud identity that may use the bucket."),
  metadata: z
    .strictObject({
      type: z
        .enum(["postgresql", "derby", "derbyServer"])
        .describe(
          "postgresql: a database in the stack's PostgreSQL. derby: a database inside the coordinator, which then has one replica. derbyServer: a separate Derby server from the jars in Druid's image, for an image without PostgreSQL's driver.",
        ),
    })
    .describe("Where Druid keeps its metadata."),
  deepStorage: z
    .strictObject({
      type: z
        .enum(["volume", "s3"])
        .describe("volume: one volume that all data services mount. s3: a bucket."),
      size: quantity().describe("Size of the volume."),
      storageClass: z
        .string()
        .describe("StorageClass of the volume; empty: the stack's `storageClass`."),
      accessMode: z
        .enum(["ReadWriteOnce", "ReadWriteMany"])
        .describe("ReadWriteOnce keeps all pods that mount the volume on one node."),
      s3: z
        .strictObject({
          bucket: z.string().describe("Name of the bucket, which must exist."),
          prefix: z.string().describe("Path within the bucket."),
          endpoint: z.string().describe("URL of an S3-compatible service; empty: AWS."),
          region: z
            .string()
            .describe(
              "Region of the bucket, such as eu-north-1; empty: the one of the pods' environment, which EKS sets with a cloud identity.",
            ),
          pathStyle: z
            .boolean()
            .describe("true: the bucket is part of the URL's path, as MinIO expects it."),
        })
        .describe("The bucket, if type is s3."),
    })
    .describe("Where segments and task logs are kept."),
  runtimeProperties: properties().describe("Further runtime properties of every service."),
  jvm: z
    .strictObject({
      args: z.array(z.string().min(1)).describe("Arguments of every service's JVM."),
    })
    .describe("Settings of every service's JVM."),
  coordinator: z
    .strictObject({
      replicaCount: replicaCount(),
      period: isoDuration().describe(
        "How often segments are balanced and handed to the Historicals.",
      ),
      persistence: persistence(),
      ...process,
    })
    .describe("Coordinator and Overlord in one process."),
  broker: z.strictObject({ replicaCount: replicaCount(), ...process }).describe("Answers queries."),
  historical: z
    .strictObject({ replicaCount: replicaCount(), persistence: persistence(), ...process })
    .describe("Serves published segments; its volume is a cache of deep storage."),
  indexer: z
    .strictObject({
      kind: z
        .enum(["indexer", "middleManager"])
        .describe(
          "indexer: tasks are threads of one JVM. middleManager: each task is a JVM of its own.",
        ),
      replicaCount: replicaCount(),
      workerCapacity: atLeast(2).describe(
        "Number of tasks that one pod runs at the same time. The streams need two for each reading task: while one publishes, the next reads.",
      ),
      taskReplicas: atLeast(1).describe(
        "Copies of each task, on different pods, unless the stream sets `ingestion.replicas`. With 2, rows that are not published yet can be queried while one pod is down.",
      ),
      taskJvmArgs: z
        .array(z.string().min(1))
        .describe("JVM arguments of a task, if kind is middleManager."),
      ...process,
    })
    .describe("Reads Kafka and makes segments."),
  router: z
    .strictObject({ replicaCount: replicaCount(), ...process, ...exposureFields })
    .describe("One address for queries, the management API and the web console."),
  derby: z
    .strictObject({
      persistence: persistence(),
      jvm: jvm(),
      resources: resources(),
      ...podFields,
    })
    .describe("Used if metadata.type is derbyServer."),
  zookeeper: z
    .strictObject({
      replicaCount: atLeast(1)
        .refine((count) => count % 2 === 1, {
          error: "must be odd, so that a majority exists",
        })
        .describe("Number of servers. Choose it before the first `up`."),
      persistence: persistence(),
      jvm: jvm(),
      service: servicePort(),
      resources: resources(),
      ...podFields,
    })
    .describe("Used if discovery is zookeeper."),
});

export type DruidValues = z.output<typeof druid>;
