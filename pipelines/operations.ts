import { average, defineStream, dimension, maximum, measure, sum, timestamp } from "./declare";

const line = { kind: "line", timeGrain: "PT1M", width: 6 } as const;
const number = { kind: "big-number", timeRange: "Last minute", width: 3 } as const;

/** The stack's own metrics, which its exporter sends: docs/metrics.md has what each is. */
export const operations = defineStream({
  name: "operations",
  description: "Metrics of the stack itself",
  sentBy: "exporter",
  event: {
    at: timestamp({ label: "Time", format: "milliseconds" }),
    metric: dimension.string({ label: "Metric" }),
    subject: dimension.string({ label: "Of" }),
    value: measure.number({ label: "Value" }),
  },
  metrics: {
    mean: average("value", { label: "Mean" }),
    highest: maximum("value", { label: "Highest" }),
    total: sum("value", { label: "Total" }),
    bytes: average("value", { label: "Bytes", format: "MEMORY_BINARY" }),
  },
  topic: { retentionMs: 86_400_000 },
  ingestion: { retention: "P7D", rollup: false },
  dashboard: {
    title: "Operations",
    timeRange: "Last hour",
    refreshSeconds: 10,
    filters: [{ kind: "time" }, { kind: "dimension", dimension: "subject" }],
    rows: [
      [
        {
          ...number,
          key: "behind",
          title: "Longest wait in Kafka, in s",
          metric: "highest",
          where: { metric: ["stream_lag_seconds"] },
        },
        {
          ...number,
          key: "malformed",
          title: "Malformed in a minute",
          metric: "total",
          where: { metric: ["stream_malformed_events_total"] },
        },
        {
          ...number,
          key: "lost",
          title: "Messages lost",
          metric: "highest",
          where: { metric: ["stream_offset_lost_events"] },
        },
        {
          ...number,
          key: "failed",
          title: "Failed tasks in a minute",
          metric: "total",
          where: { metric: ["druid_task_failed_count"] },
        },
      ],
      [
        {
          ...line,
          key: "freshness",
          title: "Age of the newest row, in s",
          metric: "highest",
          dimension: "subject",
          where: { metric: ["stream_freshness_seconds"] },
        },
        {
          ...line,
          key: "rows",
          title: "Rows a minute",
          metric: "total",
          dimension: "subject",
          where: { metric: ["stream_events_processed_total"] },
        },
      ],
      [
        {
          ...line,
          key: "lag",
          title: "Messages that wait in Kafka",
          metric: "highest",
          dimension: "subject",
          where: { metric: ["stream_lag_events"] },
        },
        {
          ...line,
          key: "slots",
          title: "Task slots, and those in use",
          metric: "mean",
          dimension: "metric",
          where: { metric: ["druid_taskSlot_total_count", "druid_taskSlot_used_count"] },
        },
      ],
      [
        {
          ...line,
          key: "memory",
          kind: "area",
          stacked: true,
          title: "Heap of Druid's services",
          metric: "bytes",
          dimension: "subject",
          where: { metric: ["druid_jvm_mem_used"] },
        },
        {
          ...line,
          key: "topics",
          kind: "area",
          stacked: true,
          title: "Topics on Kafka's disk",
          metric: "bytes",
          dimension: "subject",
          where: { metric: ["kafka_log_dir_size_bytes"] },
        },
      ],
      [
        {
          ...line,
          key: "queries",
          kind: "bar",
          stacked: true,
          title: "Queries a minute",
          metric: "total",
          dimension: "subject",
          where: { metric: ["druid_query_time_count"] },
        },
        {
          key: "now",
          kind: "table",
          timeRange: "Last minute",
          title: "All, in the last minute",
          dimensions: ["metric", "subject"],
          metrics: ["mean", "highest"],
          width: 6,
        },
      ],
    ],
  },
});
