import {
  atLeast,
  image,
  imageFields,
  isoDuration,
  jvm,
  jvmSize,
  persistence,
  podFields,
  properties,
  quantity,
  resources,
  servicePort,
} from "./fragments";
import { z } from "./zod";

const kafka = z.strictObject({
  image: image(),
  replicaCount: atLeast(1)
    .refine((count) => count % 2 === 1, {
      error: "must be odd, so that a majority of controllers exists",
    })
    .describe(
      "Nodes, each broker and controller. Kafka doesn't change the number of an existing quorum by itself.",
    ),
  replicationFactor: atLeast(1).describe(
    "Copies of a topic's partitions, Kafka's own topics included.",
  ),
  minInSyncReplicas: atLeast(1).describe(
    "Copies that must have a record before it is acknowledged.",
  ),
  config: properties().describe("Further lines of server.properties."),
  jvm: jvm(),
  classPath: z.string().min(1).describe("Java class path within the image."),
  service: servicePort(),
  persistence: persistence(),
  resources: resources(),
  terminationGracePeriodSeconds: atLeast(1).describe(
    "Time for handing over leadership and closing logs.",
  ),
  ...podFields,
});

const druidProcess = {
  jvm: jvm(),
  maxDirectMemory: jvmSize().describe("-XX:MaxDirectMemorySize."),
  runtimeProperties: properties().describe("Further runtime properties of this service alone."),
  service: servicePort(),
  resources: resources(),
  ...podFields,
};
const replicaCount = () => atLeast(1).describe("Pods.");

const druid = z.strictObject({
  image: image(),
  classPath: z
    .string()
    .min(1)
    .describe("Java class path within the image, or an @argument-file with it."),
  extensions: z
    .array(z.string().min(1))
    .describe(
      "Extensions to load; those for discovery, metadata and deep storage are added by themselves.",
    ),
  discovery: z
    .enum(["kubernetes", "zookeeper"])
    .describe(
      "How services find each other. zookeeper adds a ZooKeeper, from the jars in Druid's image.",
    ),
  metadata: z
    .strictObject({
      type: z
        .enum(["postgresql", "derby", "derbyServer"])
        .describe(
          "postgresql: a database of its own in the stack's Postgres. derby: inside the one coordinator. derbyServer: a Derby of its own, from the jars in Druid's image, for an image without PostgreSQL's driver.",
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
        .describe("StorageClass of the volume; empty: the cluster's default."),
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
            .describe("Region that requests are signed for; empty: as the pods' environment says."),
          pathStyle: z
            .boolean()
            .describe("true where the bucket is part of the path, as MinIO has it."),
        })
        .describe("The bucket, where type is s3."),
    })
    .describe("Where segments and task logs are kept."),
  runtimeProperties: properties().describe("Further runtime properties of every service."),
  jvm: z
    .strictObject({
      args: z.array(z.string().min(1)).describe("Arguments of every service's JVM."),
    })
    .describe("What all services' JVMs have in common."),
  coordinator: z
    .strictObject({
      replicaCount: replicaCount(),
      period: isoDuration().describe(
        "How often segments are balanced and handed to the Historicals.",
      ),
      persistence: persistence(),
      ...druidProcess,
    })
    .describe("Coordinator and Overlord in one process."),
  broker: z
    .strictObject({ replicaCount: replicaCount(), ...druidProcess })
    .describe("Answers queries."),
  historical: z
    .strictObject({ replicaCount: replicaCount(), persistence: persistence(), ...druidProcess })
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
        "Tasks at a time; at 1, reading stalls while a task publishes.",
      ),
      taskReplicas: atLeast(1).describe(
        "Copies of each task, on another pod each, where the stream doesn't say: with 2, rows that are not published yet are still found while a pod is away.",
      ),
      taskJvmArgs: z
        .array(z.string().min(1))
        .describe("JVM arguments of a task, where kind is middleManager."),
      ...druidProcess,
    })
    .describe("Reads Kafka and makes segments."),
  router: z
    .strictObject({ replicaCount: replicaCount(), ...druidProcess })
    .describe("One address for queries, the management API and the web console."),
  derby: z
    .strictObject({
      persistence: persistence(),
      jvm: jvm(),
      resources: resources(),
      ...podFields,
    })
    .describe("Used where metadata.type is derbyServer."),
  zookeeper: z
    .strictObject({
      replicaCount: atLeast(1)
        .refine((count) => count % 2 === 1, {
          error: "must be odd, so that a majority exists",
        })
        .describe("Servers; decide before the first up."),
      persistence: persistence(),
      jvm: jvm(),
      service: servicePort(),
      resources: resources(),
      ...podFields,
    })
    .describe("Used where discovery is zookeeper."),
});

const postgres = z.strictObject({
  image: image(),
  majorVersion: atLeast(13).describe(
    "PostgreSQL's major version in the image: where its programs lie. Another one needs a dump and a restore.",
  ),
  config: properties().describe("Settings of postgresql.conf."),
  service: servicePort(),
  persistence: persistence(),
  resources: resources(),
  ...podFields,
});

const built = {
  ...imageFields,
  repository: imageFields.repository.describe(
    "Image without tag: below imageRegistry where it is built here, complete where it isn't.",
  ),
  tag: imageFields.tag.describe(
    "Tag of the image, where it isn't built here; also the pods' app.kubernetes.io/version.",
  ),
  build: z
    .strictObject({
      enabled: z
        .boolean()
        .describe("true: built here, on top of baseImage, and tagged by its content."),
      baseImage: z.string().min(1).describe("Image that the Dockerfile starts from."),
    })
    .describe("How the image is made."),
};

const superset = z.strictObject({
  image: z
    .strictObject(built)
    .describe("The official image with the drivers on top, built here, or one that has them."),
  replicaCount: replicaCount(),
  https: z
    .boolean()
    .describe("true where people reach Superset by HTTPS: cookies are then sent over HTTPS only."),
  gunicorn: z
    .strictObject({
      workers: atLeast(1).describe("Processes."),
      threads: atLeast(1).describe("Threads of each; a chart's query holds one."),
      timeoutSeconds: atLeast(1).describe(
        "After this long a worker that doesn't answer is replaced.",
      ),
    })
    .describe("The web server."),
  config: z.string().describe("Further lines of superset_config.py; no secrets."),
  service: servicePort(),
  resources: resources(),
  setup: z
    .strictObject({ resources: resources() })
    .describe("The Job that migrates and adds the first user."),
  ...podFields,
});

const airflowPart = z.strictObject({ resources: resources() });
const airflow = z.strictObject({
  image: z
    .strictObject(built)
    .describe("The official image with the Kafka client on top, built here, or one that has it."),
  adminUsername: z
    .string()
    .regex(/^[\w.@-]+$/, { error: "must be letters, digits, ., @, _ and -" })
    .describe("Name of the first user, who may do everything."),
  config: z
    .record(z.string(), properties())
    .describe("Further settings of airflow.cfg, by section; no secrets."),
  parallelism: atLeast(1).describe("Tasks at a time."),
  logs: z
    .strictObject({ sizeLimit: quantity().describe("Most that a pod's logs may take.") })
    .describe("Task logs; they live with their scheduler pod."),
  service: servicePort(),
  apiServer: z
    .strictObject({
      workers: atLeast(1).describe("Processes."),
      resources: resources(),
    })
    .describe("Web page and REST API."),
  scheduler: airflowPart.describe("Starts the runs, and runs their tasks."),
  dagProcessor: airflowPart.describe("Reads the DAG files."),
  setup: airflowPart.describe("The Job that makes the database and imports each DAG file."),
  terminationGracePeriodSeconds: atLeast(1).describe("Time for running tasks to end."),
  ...podFields,
});

const producer = z.strictObject({
  image: z
    .strictObject({
      repository: imageFields.repository.describe("Name of the image below imageRegistry."),
      pullPolicy: imageFields.pullPolicy,
      build: z
        .strictObject({ baseImage: built.build.shape.baseImage })
        .describe("How the image is made."),
    })
    .describe("Built here, from producer/, and tagged by its content."),
  maxBufferedMessages: atLeast(1).describe(
    "Messages kept while Kafka is away; more are refused, counted and said.",
  ),
  resources: resources(),
  terminationGracePeriodSeconds: atLeast(1).describe("Time for sending what is buffered."),
  ...podFields,
});

/** One schema a file of charts-values/. */
export const serviceSchemas = { kafka, druid, postgres, superset, producer, airflow };

export type KafkaValues = z.output<typeof kafka>;
export type DruidValues = z.output<typeof druid>;
export type PostgresValues = z.output<typeof postgres>;
export type SupersetValues = z.output<typeof superset>;
export type ProducerValues = z.output<typeof producer>;
export type AirflowValues = z.output<typeof airflow>;
export interface ServiceValues {
  kafka: KafkaValues;
  druid: DruidValues;
  postgres: PostgresValues;
  superset: SupersetValues;
  producer: ProducerValues;
  airflow: AirflowValues;
}
