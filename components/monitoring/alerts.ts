import type { PersistenceValues } from "../../settings";
import { amountOf } from "../kubernetes/quantity";

/** What the alerts depend on. */
export interface AlertArgs {
  /** Where docs/alerts.md is published. */
  readonly runbookUrl: string;
  /** Sizes of the volumes that only their own service's metrics tell of. Undefined: there is no such server, or no volume. */
  readonly volumes: { readonly postgres?: string; readonly prometheus?: string };
  /** Druid's own names of its services, such as `druid/broker`. */
  readonly druidServices: readonly string[];
  readonly hasPostgres: boolean;
}

/** Size of a service's volume. Undefined: it has none. */
export function sizeOf({
  persistence: { enabled, size },
}: {
  readonly persistence: PersistenceValues;
}): string | undefined {
  return enabled ? size : undefined;
}

/** One line of the table. */
interface Alert {
  readonly name: string;
  /** critical: data is late, refused or lost, or a service is down. warning: it will be so. */
  readonly severity: "critical" | "warning";
  readonly expr: string;
  /** How long `expr` must hold. */
  readonly for: string;
  readonly summary: string;
  readonly description: string;
}

/** A file of rules, and the spec of a PrometheusRule. */
export interface RuleFile {
  readonly groups: {
    readonly name: string;
    readonly rules: {
      readonly alert: string;
      readonly expr: string;
      readonly for: string;
      readonly labels: { readonly severity: string };
      readonly annotations: Readonly<Record<"summary" | "description" | "runbook_url", string>>;
    }[];
  }[];
}

/** The alerts of a stack, each with its heading of docs/alerts.md. */
export function alertRules(args: AlertArgs): RuleFile {
  return {
    groups: Object.entries(alertTable(args)).map(([name, alerts]) => ({
      name,
      rules: alerts.map(({ name: alert, expr, severity, summary, description, for: time }) => ({
        alert,
        expr,
        for: time,
        labels: { severity },
        annotations: {
          summary,
          description,
          runbook_url: `${args.runbookUrl}#${alert.toLowerCase()}`,
        },
      })),
    })),
  };
}

/** The table that rules, PrometheusRule and docs/alerts.md come from, by group. */
export function alertTable(args: AlertArgs): Readonly<Record<string, readonly Alert[]>> {
  return {
    streams: streamAlerts,
    kafka: kafkaAlerts,
    druid: [...druidServiceAlerts(args), ...druidAlerts],
    services: [...serviceAlerts, ...(args.hasPostgres ? postgresAlerts(args) : [])],
    producer: producerAlerts,
    monitoring: monitoringAlerts(args),
  };
}

const full = 0.85;

const streamAlerts: readonly Alert[] = [
  {
    name: "StreamStandsStill",
    severity: "critical",
    // Messages wait, no newer event can be queried, and Druid has read no offset. Two questions of the exporter and two scrapes come
    // before: that is one minute in all. Druid tells offsets each 30 s, so that they alone would be no sign. A time in the future
    // has a freshness of 0.
    expr: `max by (stream) (
  min_over_time(stream_lag_events[40s]) > 0
  unless on (stream) (deriv(stream_freshness_seconds[35s]) < 0.95 and stream_freshness_seconds > 0)
  unless on (stream) sum by (stream) (changes(stream_druid_offset[35s])) > 0
)
or max by (stream) (max_over_time(stream_supervisor_healthy[20s])) == 0`,
    for: "0s",
    summary: "Stream {{ $labels.stream }} stands still",
    description:
      "Druid reads nothing of stream {{ $labels.stream }}, though messages wait in Kafka or its supervisor is unhealthy.",
  },
  {
    name: "StreamLagGrows",
    severity: "warning",
    expr: "stream_lag_events > 1000 and deriv(stream_lag_events[5m]) > 0",
    for: "5m",
    summary: "Stream {{ $labels.stream }} falls behind",
    description:
      "{{ $value | humanize }} messages of stream {{ $labels.stream }} wait in Kafka, and their number has grown for 5 minutes.",
  },
  {
    name: "StreamMessagesMalformed",
    severity: "warning",
    expr: "sum by (stream, reason) (increase(stream_malformed_events_total[5m])) > 0",
    for: "0s",
    summary: "Stream {{ $labels.stream }} has malformed messages",
    description:
      "Druid made no row of {{ $value | humanize }} messages of stream {{ $labels.stream }} in the last 5 minutes: {{ $labels.reason }}.",
  },
  {
    name: "StreamOffsetsLost",
    severity: "critical",
    expr: "stream_offset_lost_events > 0",
    for: "0s",
    summary: "Stream {{ $labels.stream }} has lost messages",
    description:
      "Kafka deleted {{ $value | humanize }} messages of stream {{ $labels.stream }} before Druid read them.",
  },
];

const kafkaAlerts: readonly Alert[] = [
  {
    name: "KafkaPartitionOffline",
    severity: "critical",
    expr: "kafka_topic_partition_leader < 0",
    for: "0s",
    summary: "Partition {{ $labels.topic }}/{{ $labels.partition }} is offline",
    description:
      "Partition {{ $labels.partition }} of topic {{ $labels.topic }} has no leader: it can be neither read nor written.",
  },
  {
    name: "KafkaPartitionUnderReplicated",
    severity: "warning",
    expr: "kafka_topic_partition_under_replicated_partition > 0",
    for: "30s",
    summary: "Partition {{ $labels.topic }}/{{ $labels.partition }} is under-replicated",
    description:
      "A replica of partition {{ $labels.partition }} of topic {{ $labels.topic }} is not in sync: one broker's loss more may lose messages.",
  },
  {
    name: "KafkaDiskFull",
    severity: "critical",
    expr: `1 - kafka_log_dir_usable_bytes / kafka_log_dir_total_bytes > ${full}`,
    for: "30s",
    summary:
      "The disk of Kafka's broker {{ $labels.broker }} is {{ $value | humanizePercentage }} full",
    description: "A broker whose disk is full stops, and takes no more messages of any stream.",
  },
];

/** A process tells its memory each 15 s, and it differs each time. One of which nothing is known is not there. */
function druidServiceAlerts({ druidServices }: AlertArgs): readonly Alert[] {
  const parts = druidServices.map((service) => {
    const memory = `druid_jvm_mem_used{service="${service}"}`;
    return `sum by (service) (changes(${memory}[1m])) == 0 or absent(${memory})`;
  });
  return [
    {
      name: "DruidServiceDown",
      severity: "critical",
      expr: parts.join("\nor "),
      for: "1m",
      summary: "{{ $labels.service }} is down",
      description:
        "No process of {{ $labels.service }} has told anything of itself for two minutes.",
    },
  ];
}

const druidAlerts: readonly Alert[] = [
  {
    name: "DruidTasksFail",
    severity: "critical",
    // A datasource that is no stream's has its first sample when its first task has failed: `increase` begins after that.
    expr:
      "sum by (dataSource) (increase(druid_task_failed_count[10m])) >= 3" +
      " or sum by (dataSource) (druid_task_failed_count unless druid_task_failed_count offset 10m) >= 3",
    for: "0s",
    summary: "Tasks of datasource {{ $labels.dataSource }} fail again and again",
    description:
      "{{ $value | humanize }} tasks of datasource {{ $labels.dataSource }} have failed in the last 10 minutes.",
  },
  {
    name: "DruidTaskSlotsUsedUp",
    severity: "warning",
    expr: "sum(druid_taskSlot_idle_count) == 0 and sum(druid_taskSlot_total_count) > 0",
    for: "2m",
    summary: "Druid has no free task slot",
    description: "A stream's next task, or compaction, waits until another task ends.",
  },
  {
    name: "DruidSegmentsUnavailable",
    severity: "warning",
    expr: "sum by (dataSource) (druid_segment_unavailable_count) > 0",
    for: "2m",
    summary: "Segments of datasource {{ $labels.dataSource }} are unavailable",
    description:
      "No Historical serves {{ $value | humanize }} segments of datasource {{ $labels.dataSource }}: queries lack their rows.",
  },
  {
    name: "DruidSegmentCacheFull",
    severity: "warning",
    expr: `max by (service) (druid_segment_usedPercent) > ${full}`,
    for: "30s",
    summary: "Druid's segment cache is {{ $value | humanizePercentage }} full",
    description: "Segments that find no place on a Historical can't be queried.",
  },
];

const serviceAlerts: readonly Alert[] = [
  {
    name: "SupersetDown",
    severity: "critical",
    expr: "superset_up == 0",
    for: "15s",
    summary: "Superset is down",
    description: "Superset's page /health does not answer well: nobody sees a dashboard.",
  },
  {
    name: "CertificateRunsOut",
    severity: "warning",
    // `make up` renews at a third of a year.
    expr: "certificate_expiry_timestamp_seconds - time() < 30 * 86400",
    for: "0s",
    summary: "The certificate of {{ $labels.service }} runs out",
    description:
      "It is valid for {{ $value | humanizeDuration }} more; then {{ $labels.service }}'s clients are refused.",
  },
  {
    name: "VolumeFull",
    severity: "critical",
    // Of a Prometheus that may read the kubelets, which the stack's own may not.
    expr: `kubelet_volume_stats_used_bytes / kubelet_volume_stats_capacity_bytes > ${full}`,
    for: "1m",
    summary: "Volume {{ $labels.persistentvolumeclaim }} is {{ $value | humanizePercentage }} full",
    description: "A service whose volume is full stops, or refuses what it is sent.",
  },
];

function postgresAlerts({ volumes }: AlertArgs): readonly Alert[] {
  return [
    {
      name: "PostgresDown",
      severity: "critical",
      expr: "absent(pg_up == 1)",
      for: "15s",
      summary: "PostgreSQL is down",
      description: "The exporter beside PostgreSQL can't connect to it, or is gone with its pod.",
    },
    ...diskAlert(volumes.postgres, {
      name: "PostgresDiskFull",
      used: "sum(pg_database_size_bytes)",
      summary: "PostgreSQL's databases fill {{ $value | humanizePercentage }} of its volume",
      description: "A PostgreSQL whose volume is full takes no writes, and may not start again.",
    }),
  ];
}

const producerAlerts: readonly Alert[] = [
  {
    name: "ProducerBufferFull",
    severity: "critical",
    expr: "producer_buffered_events >= producer_buffer_limit_events",
    for: "0s",
    summary: "The producer's buffer of stream {{ $labels.stream }} is full",
    description:
      "The producer keeps no further events until Kafka takes those that wait: it refuses them.",
  },
];

function monitoringAlerts({ volumes }: AlertArgs): readonly Alert[] {
  return [
    {
      name: "TargetDown",
      severity: "warning",
      expr: "up == 0",
      for: "20s",
      summary: "Pod {{ $labels.pod }} gives no metrics",
      description: "The last scrapes of {{ $labels.instance }} ({{ $labels.app }}) failed.",
    },
    {
      name: "ExporterDown",
      severity: "critical",
      expr: 'absent(up{app="exporter"} == 1)',
      for: "15s",
      summary: "The exporter is down",
      description: "Without it no alert on streams, Kafka, Druid or Superset can fire.",
    },
    {
      name: "ExporterScrapeErrors",
      severity: "warning",
      expr: "sum by (source) (increase(exporter_scrape_errors_total[5m])) > 3",
      for: "0s",
      summary: "The exporter can't read {{ $labels.source }}",
      description:
        "Its questions to {{ $labels.source }} failed {{ $value | humanize }} times in 5 minutes.",
    },
    ...diskAlert(volumes.prometheus, {
      name: "PrometheusDiskFull",
      used: "prometheus_tsdb_storage_blocks_bytes + prometheus_tsdb_wal_storage_size_bytes",
      summary: "Prometheus fills {{ $value | humanizePercentage }} of its volume",
      description: "A Prometheus whose volume is full takes no samples, and tells no alerts.",
    }),
  ];
}

function diskAlert(
  size: string | undefined,
  { used, ...texts }: Pick<Alert, "name" | "summary" | "description"> & { readonly used: string },
): Alert[] {
  if (size === undefined) return [];
  const expr = `(${used}) / ${amountOf(size)} > ${full}`;
  return [{ ...texts, severity: "critical", expr, for: "30s" }];
}
