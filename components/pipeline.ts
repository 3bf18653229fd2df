import * as pulumi from "@pulumi/pulumi";
import { chartSpecs } from "../pipelines/charts";
import { dashboardSpec } from "../pipelines/dashboard";
import { datasetDefinition } from "../pipelines/dataset";
import { datasourceSettings } from "../pipelines/datasource";
import type { Pipeline } from "../pipelines/definition";
import { exampleEvent } from "../pipelines/example";
import { ingestionSpec } from "../pipelines/ingestion";
import { topicDefinition } from "../pipelines/topic";
import { DruidSupervisor } from "../resources/druid/supervisor";
import { KafkaTopic } from "../resources/kafka/topic";
import { SupersetChart } from "../resources/superset/chart";
import { SupersetDashboard } from "../resources/superset/dashboard";
import { SupersetDataset } from "../resources/superset/dataset";
import { objectUuid } from "../resources/superset/uuid";
import type { PipelineServices } from "./pipeline-services";

export interface StreamArgs {
  pipeline: Pipeline;
  services: PipelineServices;
}

/** What a stack tells of a stream. */
export interface StreamOutputs {
  topic: string;
  datasource: string;
  /** The dashboard's slug; left out where the pipeline has no dashboard. */
  dashboard?: string;
  /** Superset's number of each chart, by the chart's key. */
  charts: Record<string, number>;
}

/** A pipeline made real: topic, ingestion, dataset, charts and dashboard, each derived from the one declaration. */
export class Stream extends pulumi.ComponentResource {
  readonly topic: KafkaTopic;
  readonly supervisor: DruidSupervisor;
  readonly dataset: SupersetDataset;
  /** By the chart's key. */
  readonly charts: Readonly<Record<string, SupersetChart>>;
  readonly dashboard?: SupersetDashboard;
  readonly outputs: pulumi.Output<StreamOutputs>;

  constructor(name: string, args: StreamArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Stream", name, {}, opts);
    const parts: Parts = { name, ...args, parent: this };
    this.topic = createTopic(parts);
    this.supervisor = createSupervisor(parts, this.topic);
    this.dataset = createDataset(parts, this.supervisor);
    this.charts = createCharts(parts, this.dataset);
    this.dashboard = createDashboard(parts, this.charts);
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

interface Parts extends StreamArgs {
  name: string;
  parent: pulumi.Resource;
}

function createTopic({ name, pipeline, services, parent }: Parts): KafkaTopic {
  const { connection, replicationFactor, minInSyncReplicas } = services.kafka;
  const topic = topicDefinition(pipeline, { replicationFactor, minInSyncReplicas });
  return new KafkaTopic(
    `${name}-topic`,
    {
      connection,
      topicName: topic.name,
      partitions: topic.partitions,
      replicationFactor: topic.replicationFactor,
      config: { ...topic.config },
    },
    { ...services.inhabitant.kafka, parent },
  );
}

function createSupervisor(
  { name, pipeline, services, parent }: Parts,
  topic: KafkaTopic,
): DruidSupervisor {
  const { bootstrapServers } = services.kafka;
  return new DruidSupervisor(
    `${name}-ingestion`,
    {
      ...services.druid,
      spec: ingestionSpec(pipeline, { bootstrapServers, replicas: services.taskReplicas }),
      ...datasourceSettings(pipeline),
      example: exampleEvent(pipeline),
      topicId: topic.topicId,
      topicPartitions: topic.partitions,
      owner: services.owner,
    },
    { ...services.inhabitant.druid, parent },
  );
}

function createDataset(
  { name, pipeline, services, parent }: Parts,
  supervisor: DruidSupervisor,
): SupersetDataset {
  const dataset = datasetDefinition(pipeline);
  return new SupersetDataset(
    `${name}-dataset`,
    {
      ...services.superset,
      uuid: uuid(services, pipeline, "dataset", dataset.table),
      databaseId: services.database.databaseId,
      databaseUuid: services.database.uuid,
      schema: "druid",
      tableName: dataset.table,
      mainDttmCol: dataset.mainTimeColumn,
      description: pipeline.description,
      cacheTimeout: cacheTimeout(pipeline),
      columns: dataset.columns,
      metrics: dataset.metrics,
    },
    // A destroy takes away what shows rows before the rows. Superset itself the database depends on.
    { ...services.inhabitant.superset, dependsOn: supervisor, parent },
  );
}

function createCharts(
  { name, pipeline, services, parent }: Parts,
  dataset: SupersetDataset,
): Record<string, SupersetChart> {
  return Object.fromEntries(
    chartSpecs(pipeline).map(({ key, ...chart }) => [
      key,
      new SupersetChart(
        `${name}-chart-${key}`,
        {
          ...services.superset,
          ...chart,
          uuid: uuid(services, pipeline, "chart", key),
          datasetId: dataset.datasetId,
          cacheTimeout: cacheTimeout(pipeline),
        },
        { ...services.inhabitant.superset, parent },
      ),
    ]),
  );
}

function createDashboard(
  { name, pipeline, services, parent }: Parts,
  charts: Readonly<Record<string, SupersetChart>>,
): SupersetDashboard | undefined {
  const chartUuid = (key: string) => uuid(services, pipeline, "chart", key);
  const dashboard = dashboardSpec(pipeline, chartUuid);
  if (dashboard === undefined) return undefined;
  return new SupersetDashboard(
    `${name}-dashboard`,
    {
      ...services.superset,
      ...dashboard,
      positions: Object.fromEntries(
        Object.entries(dashboard.positions).map(([id, node]) => [
          id,
          typeof node === "string" ? node : { ...node },
        ]),
      ),
      uuid: uuid(services, pipeline, "dashboard", "main"),
      charts: Object.fromEntries(
        Object.entries(charts).map(([key, chart]) => [chartUuid(key), chart.chartId]),
      ),
    },
    { ...services.inhabitant.superset, parent },
  );
}

function uuid(services: PipelineServices, pipeline: Pipeline, kind: string, key: string): string {
  return objectUuid(services.owner, pipeline.name, kind, key);
}

/** Superset's -1 asks the database each time; its 0 means its own default. */
function cacheTimeout(pipeline: Pipeline): number {
  return pipeline.cacheSeconds === 0 ? -1 : pipeline.cacheSeconds;
}
