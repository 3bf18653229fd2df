import * as pulumi from "@pulumi/pulumi";
import { type SharedDashboard, sharedDashboard } from "../pipelines/declare/shared-dashboard";
import type { Stream } from "../pipelines/declare/stream";
import { chartSpec } from "../pipelines/derive/charts";
import { dashboardSpec } from "../pipelines/derive/dashboard";
import { nativeFilters } from "../pipelines/derive/filters";
import { SupersetChart } from "../resources/superset/chart";
import { SupersetDashboard } from "../resources/superset/dashboard";
import type { SupersetDataset } from "../resources/superset/dataset";
import { objectUuid } from "../resources/superset/uuid";
import type { StreamServices } from "./stream-services";

/** What a stack tells of a dashboard of several streams. */
export interface DashboardOutputs {
  /** The dashboard's slug. */
  readonly dashboard: string;
  /** Superset's number of each chart, by the chart's key. */
  readonly charts: Record<string, number>;
}

export interface DashboardResourcesArgs {
  readonly dashboard: SharedDashboard;
  /** Of all streams, by name. */
  readonly datasets: Readonly<Record<string, SupersetDataset>>;
  readonly services: StreamServices;
}

/** The charts and the dashboard of several streams. */
export class DashboardResources extends pulumi.ComponentResource {
  readonly outputs: pulumi.Output<DashboardOutputs>;

  constructor(name: string, args: DashboardResourcesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Dashboard", name, {}, opts);
    const { dashboard: source, datasets, services } = args;
    const { charts } = createDashboard(name, { source, datasets, services, parent: this });
    this.outputs = pulumi.output({
      dashboard: source.slug,
      charts: Object.fromEntries(
        Object.entries(charts).map(([key, chart]) => [key, chart.chartId]),
      ),
    });
    this.registerOutputs({ dashboard: this.outputs });
  }
}

interface Parts {
  readonly source: Stream | SharedDashboard;
  readonly datasets: DashboardResourcesArgs["datasets"];
  readonly services: StreamServices;
  readonly parent: pulumi.Resource;
}

/** The charts, by key, and the dashboard that shows them; none if the stream has none. */
export function createDashboard(
  name: string,
  parts: Parts,
): { charts: Readonly<Record<string, SupersetChart>>; dashboard?: SupersetDashboard } {
  const dashboard = sharedDashboard(parts.source);
  if (dashboard === undefined) return { charts: {} };
  const charts = createCharts(name, dashboard, parts);
  return { charts, dashboard: showCharts(name, dashboard, charts, parts) };
}

function createCharts(
  name: string,
  dashboard: SharedDashboard,
  { datasets, services, parent }: Parts,
): Record<string, SupersetChart> {
  return Object.fromEntries(
    dashboard.rows.flat().map((placed) => {
      const { stream } = placed;
      const { key, ...chart } = chartSpec(dashboard, placed);
      const dataset = datasets[stream.name];
      if (dataset === undefined) {
        throw new Error(
          `dashboard "${dashboard.name}": chart "${key}" is on stream "${stream.name}", which no file of pipelines/ exports`,
        );
      }
      const args = {
        ...services.superset,
        ...chart,
        uuid: objectUuid(services.owner, dashboard.name, "chart", key),
        datasetId: dataset.datasetId,
        cacheTimeout: cacheTimeout(stream),
      };
      const options = { ...services.childOptions.superset, parent };
      return [key, new SupersetChart(`${name}-chart-${key}`, args, options)];
    }),
  );
}

function showCharts(
  name: string,
  dashboard: SharedDashboard,
  charts: Readonly<Record<string, SupersetChart>>,
  { source, datasets, services, parent }: Parts,
): SupersetDashboard | undefined {
  const chartUuid = (key: string) => objectUuid(services.owner, dashboard.name, "chart", key);
  const spec = dashboardSpec(source, chartUuid);
  if (spec === undefined) return undefined;
  const { metadata, ...layout } = spec;
  return new SupersetDashboard(
    `${name}-dashboard`,
    {
      ...services.superset,
      ...layout,
      // A preview knows the metadata before the datasets exist, unless a filter needs the number of one.
      metadata: dashboard.filters?.length
        ? pulumi
            .output(numbersOf(dashboard, datasets))
            .apply((numbers) => ({ ...metadata, ...nativeFilters(source, numbers) }))
        : metadata,
      positions: Object.fromEntries(
        Object.entries(layout.positions).map(([id, node]) => [
          id,
          typeof node === "string" ? node : { ...node },
        ]),
      ),
      uuid: objectUuid(services.owner, dashboard.name, "dashboard", "main"),
      charts: Object.fromEntries(
        Object.entries(charts).map(([key, chart]) => [chartUuid(key), chart.chartId]),
      ),
    },
    { ...services.childOptions.superset, parent },
  );
}

/** Of the streams that filters are of: another stream that comes changes nothing of this dashboard. */
function numbersOf(
  { filters = [] }: SharedDashboard,
  datasets: Parts["datasets"],
): Record<string, pulumi.Output<number>> {
  const streams = filters.flatMap((filter) => (filter.kind === "time" ? [] : filter.stream.name));
  return Object.fromEntries(
    Object.entries(datasets)
      .filter(([name]) => streams.includes(name))
      .map(([name, { datasetId }]) => [name, datasetId]),
  );
}

/** Superset's -1 asks the database each time; its 0 means its own default. */
export function cacheTimeout(stream: Stream): number {
  return stream.cacheSeconds === 0 ? -1 : stream.cacheSeconds;
}
