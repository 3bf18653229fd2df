import * as pulumi from "@pulumi/pulumi";
import type { Stream } from "../pipelines/declare/stream";
import { chartSpecs } from "../pipelines/derive/charts";
import { dashboardSpec } from "../pipelines/derive/dashboard";
import { datasetSpec } from "../pipelines/derive/dataset";
import { datasourceSpec } from "../pipelines/derive/datasource";
import { exampleMessage } from "../pipelines/derive/example";
import { nativeFilters } from "../pipelines/derive/filters";
import { ingestionSpec } from "../pipelines/derive/ingestion";
import { topicSpec } from "../pipelines/derive/topic";
import { DruidSupervisor } from "../resources/druid/supervisor";
import { KafkaTopic } from "../resources/kafka/topic";
import { SupersetChart } from "../resources/superset/chart";
import { SupersetDashboard } from "../resources/superset/dashboard";
import { SupersetDataset } from "../resources/superset/dataset";
import { objectUuid } from "../resources/superset/uuid";
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
    this.charts = createCharts(parts, this.dataset);
    this.dashboard = createDashboard(parts, this.dataset, this.charts);
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

function createCharts(
  { name, stream, services, parent }: Parts,
  dataset: SupersetDataset,
): Record<string, SupersetChart> {
  return Object.fromEntries(
    chartSpecs(stream).map(({ key, ...chart }) => [
      key,
      new SupersetChart(
        `${name}-chart-${key}`,
        {
          ...services.superset,
          ...chart,
          uuid: uuid(services, stream, "chart", key),
          datasetId: dataset.datasetId,
          cacheTimeout: cacheTimeout(stream),
        },
        { ...services.childOptions.superset, parent },
      ),
    ]),
  );
}

function createDashboard(
  { name, stream, services, parent }: Parts,
  dataset: SupersetDataset,
  charts: Readonly<Record<string, SupersetChart>>,
): SupersetDashboard | undefined {
  const chartUuid = (key: string) => uuid(services, stream, "chart", key);
  const spec = dashboardSpec(stream, chartUuid);
  if (spec === undefined) return undefined;
  const { metadata, ...dashboard } = spec;
  return new SupersetDashboard(
    `${name}-dashboard`,
    {
      ...services.superset,
      ...dashboard,
      // A preview knows the metadata before the dataset exists, unless a filter needs its number.
      metadata: stream.dashboard?.filters?.length
        ? dataset.datasetId.apply((number) => ({ ...metadata, ...nativeFilters(stream, number) }))
        : metadata,
      positions: Object.fromEntries(
        Object.entries(dashboard.positions).map(([id, node]) => [
          id,
          typeof node === "string" ? node : { ...node },
        ]),
      ),
      uuid: uuid(services, stream, "dashboard", "main"),
      charts: Object.fromEntries(
        Object.entries(charts).map(([key, chart]) => [chartUuid(key), chart.chartId]),
      ),
    },
    { ...services.childOptions.superset, parent },
  );
}

function uuid(services: StreamServices, stream: Stream, kind: string, key: string): string {
  return objectUuid(services.owner, stream.name, kind, key);
}

/** Superset's -1 asks the database each time; its 0 means its own default. */
function cacheTimeout(stream: Stream): number {
  return stream.cacheSeconds === 0 ? -1 : stream.cacheSeconds;
}
