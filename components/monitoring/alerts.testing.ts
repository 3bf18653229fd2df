/** What of Prometheus' samples makes each alert fire and clear. Trouble begins at 1 minute, which is the sixth sample. */

interface AlertCase {
  readonly alert: string;
  /** In promtool's notation: one sample each 10 s. They replace those of `quiet`. */
  readonly series: Readonly<Record<string, string>>;
  /** When it fires. */
  readonly fires: string;
  /** When it is over. */
  readonly clears: string;
}

/** Another each time that it is told. */
const memory = `${Array.from({ length: 100 }, (_, index) => `${500 + index}x1`).join(" ")}`;

/** Metrics of a stack on which nothing is wrong. */
export const quiet: Readonly<Record<string, string>> = {
  'up{app="exporter",pod="exporter-0"}': "1x200",
  'pg_up{pod="postgres-0"}': "1x200",
  'superset_up{app="exporter"}': "1x200",
  // A message or two are always on their way.
  'stream_lag_events{stream="demo"}': "1x200",
  // Druid tells offsets each 30 s.
  'stream_druid_offset{stream="demo",partition="0"}': `${Array.from({ length: 66 }, (_, index) => `${30 * index}x2`).join(" ")}`,
  'stream_freshness_seconds{stream="demo"}': "2x200",
  'druid_jvm_mem_used{service="druid/broker"}': memory,
  'stream_supervisor_healthy{stream="demo",state="RUNNING"}': "1x200",
};

/** A value that is normal for a minute, wrong until minute 10, and normal again. */
const wrong = (normal: number, bad: number) => `${normal}x6 ${bad}x53 ${normal}x140`;
const mib = 1024 ** 2;

export const cases: readonly AlertCase[] = [
  {
    alert: "StreamStandsStill",
    series: {
      'stream_lag_events{stream="demo"}': "1x6 10+10x53 1x140",
      'stream_druid_offset{stream="demo",partition="0"}': "0x2 30x57 70+10x140",
      'stream_freshness_seconds{stream="demo"}': "2x6 12+10x53 2x140",
    },
    // Less than a minute after the last sample with a newer event.
    fires: "1m50s",
    clears: "12m",
  },
  {
    alert: "StreamLagGrows",
    series: { 'stream_lag_events{stream="demo"}': "1x6 1000+100x80 1x140" },
    fires: "9m",
    clears: "20m",
  },
  {
    alert: "StreamMessagesMalformed",
    series: { 'stream_malformed_events_total{stream="demo",reason="json"}': "0x6 5x200" },
    fires: "2m",
    clears: "8m",
  },
  {
    alert: "StreamOffsetsLost",
    series: { 'stream_offset_lost_events{stream="demo"}': wrong(0, 25) },
    fires: "1m30s",
    clears: "12m",
  },
  {
    alert: "KafkaPartitionOffline",
    series: { 'kafka_topic_partition_leader{topic="demo",partition="0"}': wrong(0, -1) },
    fires: "1m30s",
    clears: "12m",
  },
  {
    alert: "KafkaPartitionUnderReplicated",
    series: {
      'kafka_topic_partition_under_replicated_partition{topic="demo",partition="0"}': wrong(0, 1),
    },
    fires: "2m",
    clears: "12m",
  },
  {
    alert: "KafkaDiskFull",
    series: {
      'kafka_log_dir_usable_bytes{broker="0"}': wrong(50, 14),
      'kafka_log_dir_total_bytes{broker="0"}': "100x200",
    },
    fires: "2m",
    clears: "12m",
  },
  {
    alert: "DruidServiceDown",
    // The exporter keeps what was told last for five minutes, and then nothing.
    series: {
      'druid_jvm_mem_used{service="druid/broker"}': "500+1x6 506x30 stale _x22 600+1x140",
    },
    fires: "9m",
    clears: "12m",
  },
  {
    alert: "DruidTasksFail",
    series: { 'druid_task_failed_count{dataSource="demo"}': "0x6 0+1x10 10x200" },
    fires: "3m",
    clears: "15m",
  },
  {
    alert: "DruidTasksFail",
    series: { 'druid_task_failed_count{dataSource="batch"}': "_x6 4x200" },
    fires: "3m",
    clears: "15m",
  },
  {
    alert: "DruidTaskSlotsUsedUp",
    series: { druid_taskSlot_idle_count: wrong(1, 0), druid_taskSlot_total_count: "2x200" },
    fires: "4m",
    clears: "12m",
  },
  {
    alert: "DruidSegmentsUnavailable",
    series: { 'druid_segment_unavailable_count{dataSource="demo"}': wrong(0, 3) },
    fires: "4m",
    clears: "12m",
  },
  {
    alert: "DruidSegmentCacheFull",
    series: { 'druid_segment_usedPercent{service="druid/historical"}': wrong(0.5, 0.9) },
    fires: "2m",
    clears: "12m",
  },
  {
    alert: "SupersetDown",
    series: { 'superset_up{app="exporter"}': wrong(1, 0) },
    fires: "1m40s",
    clears: "12m",
  },
  {
    alert: "CertificateRunsOut",
    series: {
      'certificate_expiry_timestamp_seconds{service="kafka"}': wrong(40 * 86_400, 20 * 86_400),
    },
    fires: "1m30s",
    clears: "12m",
  },
  {
    alert: "VolumeFull",
    series: {
      'kubelet_volume_stats_used_bytes{persistentvolumeclaim="data-kafka-0"}': wrong(50, 90),
      'kubelet_volume_stats_capacity_bytes{persistentvolumeclaim="data-kafka-0"}': "100x200",
    },
    fires: "3m",
    clears: "12m",
  },
  {
    alert: "PostgresDown",
    series: { 'pg_up{pod="postgres-0"}': wrong(1, 0) },
    fires: "1m40s",
    clears: "12m",
  },
  {
    alert: "PostgresDiskFull",
    series: {
      'pg_database_size_bytes{datname="superset"}': wrong(500 * mib, 900 * mib),
      'pg_database_size_bytes{datname="druid"}': `${50 * mib}x200`,
    },
    fires: "2m",
    clears: "12m",
  },
  {
    alert: "ProducerBufferFull",
    series: {
      'producer_buffered_events{pod="producer-demo-0"}': wrong(3, 1000),
      'producer_buffer_limit_events{pod="producer-demo-0"}': "1000x200",
    },
    fires: "1m30s",
    clears: "12m",
  },
  {
    alert: "TargetDown",
    series: { 'up{app="producer",pod="producer-demo-0"}': wrong(1, 0) },
    fires: "2m",
    clears: "12m",
  },
  {
    alert: "ExporterDown",
    // The pod is gone, and comes back.
    series: { 'up{app="exporter",pod="exporter-0"}': "1x6 stale _x52 1x140" },
    fires: "2m",
    clears: "12m",
  },
  {
    alert: "ExporterScrapeErrors",
    series: { 'exporter_scrape_errors_total{source="kafka"}': "0x6 0+1x20 20x180" },
    fires: "3m",
    clears: "12m",
  },
  {
    alert: "PrometheusDiskFull",
    series: {
      'prometheus_tsdb_storage_blocks_bytes{app="prometheus"}': wrong(400 * mib, 800 * mib),
      'prometheus_tsdb_wal_storage_size_bytes{app="prometheus"}': `${100 * mib}x200`,
    },
    fires: "2m",
    clears: "12m",
  },
];
