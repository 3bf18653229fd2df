/** Dashboards for a Grafana that people have: `make docs` writes them to docs/grafana/, for import by hand. */
import * as k8s from "@pulumi/kubernetes";
import type { MonitoringValues } from "../../settings";
import type { Namespace } from "../kubernetes/namespace";
import { foundByLabels } from "./operator";

interface Query {
  readonly expr: string;
  /** Grafana's template, such as `{{stream}}`. */
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  /** Grafana's name of a unit: `short`, `s`, `ms`, `bytes`, `percentunit`, `ops`. */
  readonly unit: string;
  readonly queries: readonly Query[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly variables: readonly { readonly name: string; readonly query: string }[];
  readonly panels: readonly Panel[];
}

const one = (title: string, unit: string, expr: string, legend: string): Panel => ({
  title,
  unit,
  queries: [{ expr, legend }],
});
const ofStream = (title: string, unit: string, metric: string) =>
  one(title, unit, `${metric}{stream=~"$stream"}`, "{{stream}}");
const selected = 'stream=~"$stream"';

const streams: Dashboard = {
  uid: "realtime-analytics-streams",
  title: "Streams",
  variables: [{ name: "stream", query: "label_values(stream_freshness_seconds, stream)" }],
  panels: [
    ofStream(
      "Freshness: age of the newest event that queries find",
      "s",
      "stream_freshness_seconds",
    ),
    ofStream("Lag: messages that wait in Kafka", "short", "stream_lag_events"),
    ofStream("Lag: time that the oldest message waits", "s", "stream_lag_seconds"),
    {
      title: "Messages into Kafka, and rows in Druid",
      unit: "ops",
      queries: [
        {
          expr: `sum by (stream) (deriv(stream_kafka_latest_offset{${selected}}[2m]))`,
          legend: "{{stream}}: messages",
        },
        {
          expr: `sum by (stream) (rate(stream_events_processed_total{${selected}}[2m]))`,
          legend: "{{stream}}: rows",
        },
      ],
    },
    one(
      "Malformed messages in 5 minutes",
      "short",
      `sum by (stream, reason) (increase(stream_malformed_events_total{${selected}}[5m]))`,
      "{{stream}}: {{reason}}",
    ),
    ofStream(
      "Messages lost: deleted by Kafka before Druid read them",
      "short",
      "stream_offset_lost_events",
    ),
    ofStream("Supervisor: 1 is healthy", "short", "stream_supervisor_healthy"),
    {
      title: "Sent by the producer, and refused by its buffer",
      unit: "ops",
      queries: [
        {
          expr: `sum by (stream) (rate(producer_events_sent_total{${selected}}[2m]))`,
          legend: "{{stream}}: sent",
        },
        {
          expr: `sum by (stream) (rate(producer_events_refused_total{${selected}}[2m]))`,
          legend: "{{stream}}: refused",
        },
      ],
    },
  ],
};

const quantile = (q: number) =>
  `histogram_quantile(${q}, sum by (le, service) (rate(druid_query_time_bucket[5m])))`;

const services: Dashboard = {
  uid: "realtime-analytics-services",
  title: "Services",
  variables: [],
  panels: [
    {
      title: "Up",
      unit: "short",
      queries: [
        { expr: "kafka_brokers", legend: "Kafka's brokers" },
        { expr: "superset_up", legend: "Superset" },
        { expr: "pg_up", legend: "PostgreSQL" },
        { expr: "up", legend: "{{pod}}" },
      ],
    },
    {
      title: "Kafka's partitions that are not well",
      unit: "short",
      queries: [
        {
          expr: "sum(kafka_topic_partition_under_replicated_partition)",
          legend: "under-replicated",
        },
        { expr: "sum(kafka_topic_partition_leader < bool 0)", legend: "offline" },
      ],
    },
    one(
      "Kafka's topics on disk",
      "bytes",
      "sum by (topic) (kafka_log_dir_size_bytes)",
      "{{topic}}",
    ),
    {
      title: "Disks",
      unit: "percentunit",
      queries: [
        {
          expr: "1 - kafka_log_dir_usable_bytes / kafka_log_dir_total_bytes",
          legend: "Kafka {{broker}}",
        },
        { expr: "max by (service) (druid_segment_usedPercent)", legend: "segment cache" },
      ],
    },
    {
      title: "Druid's task slots",
      unit: "short",
      queries: [
        { expr: "sum(druid_taskSlot_total_count)", legend: "all" },
        { expr: "sum(druid_taskSlot_used_count)", legend: "used" },
      ],
    },
    {
      title: "Druid's tasks in 10 minutes",
      unit: "short",
      queries: [
        {
          expr: "sum by (dataSource) (increase(druid_task_success_count[10m]))",
          legend: "{{dataSource}}: ended well",
        },
        {
          expr: "sum by (dataSource) (increase(druid_task_failed_count[10m]))",
          legend: "{{dataSource}}: failed",
        },
      ],
    },
    {
      title: "Time of Druid's queries",
      unit: "ms",
      queries: [
        { expr: quantile(0.5), legend: "{{service}}: p50" },
        { expr: quantile(0.99), legend: "{{service}}: p99" },
      ],
    },
    {
      title: "Segments",
      unit: "short",
      queries: [
        { expr: "sum by (dataSource) (druid_segment_count)", legend: "{{dataSource}}" },
        {
          expr: "sum by (dataSource) (druid_segment_unavailable_count)",
          legend: "{{dataSource}}: unavailable",
        },
      ],
    },
    one(
      "Heap of Druid's processes",
      "percentunit",
      'sum by (service, host) (druid_jvm_mem_used{memKind="heap"}) / sum by (service, host) (druid_jvm_mem_max{memKind="heap"})',
      "{{service}} {{host}}",
    ),
    one("PostgreSQL's databases", "bytes", "pg_database_size_bytes", "{{datname}}"),
    one(
      "Certificates: time until they run out",
      "s",
      "certificate_expiry_timestamp_seconds - time()",
      "{{service}}",
    ),
    {
      title: "Questions of the exporter that failed in 5 minutes",
      unit: "short",
      queries: [
        {
          expr: "sum by (source) (increase(exporter_scrape_errors_total[5m]))",
          legend: "{{source}}",
        },
      ],
    },
  ],
};

const datasource = { type: "prometheus", uid: "$datasource" };
/** Grafana's grid has 24 columns. */
const size = { w: 12, h: 8 };

function panelJson({ title, unit, queries }: Panel, index: number): object {
  return {
    id: index + 1,
    type: "timeseries",
    title,
    datasource,
    gridPos: { ...size, x: (index % 2) * size.w, y: Math.floor(index / 2) * size.h },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(({ expr, legend }, at) => ({
      refId: String.fromCharCode(65 + at),
      datasource,
      expr,
      legendFormat: legend,
    })),
  };
}

function dashboardJson({ uid, title, variables, panels }: Dashboard): object {
  return {
    uid,
    title: `Real-time analytics: ${title}`,
    tags: ["realtime-analytics"],
    timezone: "utc",
    schemaVersion: 39,
    refresh: "10s",
    time: { from: "now-1h", to: "now" },
    templating: {
      list: [
        { name: "datasource", type: "datasource", query: "prometheus" },
        ...variables.map(({ name, query }) => ({
          name,
          type: "query",
          datasource,
          query,
          refresh: 2,
          includeAll: true,
          multi: true,
          allValue: ".*",
          current: { text: "All", value: "$__all" },
        })),
      ],
    },
    panels: panels.map(panelJson),
  };
}

/** The dashboards' files, by name: JSON as Grafana imports it. */
export const grafanaDashboards: Readonly<Record<string, string>> = Object.fromEntries(
  [["streams.json", streams] as const, ["services.json", services] as const].map(
    ([file, dashboard]) => [file, `${JSON.stringify(dashboardJson(dashboard), undefined, 2)}\n`],
  ),
);

/** The queries of all panels, for all streams. */
export const grafanaQueries = [streams, services]
  .flatMap(({ panels }) => panels)
  .flatMap(({ title, queries }) => queries.map(({ expr }) => ({ title, expr })))
  .map(({ title, expr }) => ({ title, expr: expr.replaceAll("$stream", ".*") }));

/** A ConfigMap that the sidecar of Grafana's chart reads, where the values ask for it. */
export function createGrafanaDashboards(
  name: string,
  namespace: Namespace,
  { enabled, labels }: MonitoringValues["grafanaDashboards"],
): void {
  if (!enabled) return;
  const metadata = foundByLabels(namespace, "realtime-analytics-dashboards", labels);
  new k8s.core.v1.ConfigMap(
    `${name}-grafana`,
    { metadata, data: grafanaDashboards },
    namespace.childOptions,
  );
}
