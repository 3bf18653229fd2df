import * as pulumi from "@pulumi/pulumi";
import type { Stream } from "../pipelines/declare/stream";
import { datasetSpec } from "../pipelines/derive/dataset";
import { datasourceSpec } from "../pipelines/derive/datasource";
import { exampleMessage } from "../pipelines/derive/example";
import { ingestionSpec } from "../pipelines/derive/ingestion";
import { topicSpec } from "../pipelines/derive/topic";
import { DruidSupervisor } from "../resources/druid/supervisor";
import { KafkaTopic } from "../resources/kafka/topic";
import type { SupersetChart } from "../resources/superset/chart";
import type { SupersetDashboard } from "../resources/superset/dashboard";
import { SupersetDataset } from "../resources/superset/dataset";
import { objectUuid } from "../resources/superset/uuid";
import { cacheTimeout, createDashboard } from "./dashboard";
import type { StreamServices } from "./stream-services";

export interface StreamResourcesArgs {
  readonly stream: Stream;
  readonly services: StreamServices;
}

/** What a stack tells of a stream. */
export interface StreamOutputs {
  readonly topic: string;
  readonly datasource: string;
  /** The dashboard's slug; left out where the stream has no dashboard. */
  readonly dashboard?: string;
  /** Superset's number of each chart, by the chart's key. */
  readonly charts: Record<string, number>;
}

/** What a stream is made of: topic, ingestion, dataset, charts and dashboard, each derived from the one declaration. */
export class StreamResources extends pulumi.ComponentResource {
  readonly topic: KafkaTopic;
  readonly supervisor: DruidSupervisor;
  readonly dataset: SupersetDataset;
  /** By the chart's key. */
  readonly charts: Readonly<Record<string, SupersetChart>>;
  readonly dashboard?: SupersetDashboard;
  readonly outputs: pulumi.Output<StreamOutputs>;

  constructor(name: string, args: StreamResourcesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Stream", name, {}, opts);
    const parts: Parts = { name, ...args, parent: this };
    this.topic = createTopic(parts);
    this.supervisor = createSupervisor(parts, this.topic);
    this.dataset = createDataset(parts, this.supervisor);
    const { services, stream } = args;
    const datasets = { [stream.name]: this.dataset };
    const shown = createDashboard(name, { source: stream, datasets, services, parent: this });
    this.charts = shown.charts;
    this.dashboard = shown.dashboard;
    this.outputs = pulumi.output({
      topic: this.topic.topicName,
      datasource: this.supervisor.datasource,
      ...(this.dashboard && { dashboard: this.dashboard.slug }),
      charts: Object.fromEntries(
        Object.entries(this.charts).map(([key, chart]) => [key, chart.chartId]),
      ),
    });
    this.registerOutputs({ stream: this.outputs });
  }
}

interface Parts extends StreamResourcesArgs {
  readonly name: string;
  readonly parent: pulumi.Resource;
}

function createTopic({ name, stream, services, parent }: Parts): KafkaTopic {
  const { connection, replicationFactor, minInSyncReplicas, keepTopics } = services.kafka;
  const options = { ...services.childOptions.kafka, parent };
  if (stream.topic.managed === false) {
    const read = { connection, topicName: stream.topic.name, managed: false };
    return new KafkaTopic(`${name}-topic`, read, options);
  }
  const topic = topicSpec(stream, { replicationFactor, minInSyncReplicas });
  return new KafkaTopic(
    `${name}-topic`,
    {
      connection,
      topicName: topic.name,
      partitions: topic.partitions,
      replicationFactor: topic.replicationFactor,
      config: { ...topic.config },
      dataOnDelete: keepTopics ? "keep" : "delete",
    },
    options,
  );
}

function createSupervisor(
  { name, stream, services, parent }: Parts,
  topic: KafkaTopic,
): DruidSupervisor {
  const { bootstrapServers, consumerProperties, connection: kafka } = services.kafka;
  const access = services.permitDruid(`${name}-druid-access`, {
    resource: { type: "topic", name: stream.topic.name },
    operations: ["READ"],
    parent,
  });
  return new DruidSupervisor(
    `${name}-ingestion`,
    {
      ...services.druid,
      kafka,
      spec: ingestionSpec(stream, {
        bootstrapServers,
        consumerProperties,
        replicas: services.taskReplicas,
      }),
      ...datasourceSpec(stream),
      example: exampleMessage(stream),
      topicId: topic.topicId,
      topicPartitions: topic.partitions,
      owner: services.owner,
    },
    pulumi.mergeOptions(services.childOptions.druid, { dependsOn: access, parent }),
  );
}

function createDataset(
  { name, stream, services, parent }: Parts,
  supervisor: DruidSupervisor,
): SupersetDataset {
  const dataset = datasetSpec(stream);
  return new SupersetDataset(
    `${name}-dataset`,
    {
      ...services.superset,
      uuid: uuid(services, stream, "dataset", dataset.table),
      databaseId: services.database.databaseId,
      databaseUuid: services.database.uuid,
      schema: "druid",
      tableName: dataset.table,
      mainDttmCol: dataset.mainTimeColumn,
      description: stream.description,
      cacheTimeout: cacheTimeout(stream),
      columns: dataset.columns,
      metrics: dataset.metrics,
    },
    // A removal takes away what shows rows before the rows. The database depends on Superset itself.
    { ...services.childOptions.superset, dependsOn: supervisor, parent },
  );
}

function uuid(services: StreamServices, stream: Stream, kind: string, key: string): string {
  return objectUuid(services.owner, stream.name, kind, key);
}
