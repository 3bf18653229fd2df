/** The metrics as events of a stream: each round has an event for each subject of each metric. */
import { Kafka, logLevel, type Producer } from "kafkajs";
import type { Registry } from "prom-client";
import type { OpenKafka } from "../resources/connection";

/** A metric that is sent. */
interface Sent {
  readonly metric: string;
  /** Of a histogram, which of its samples. Default: that of the metric's name. */
  readonly sample?: string;
  /** Labels whose values are the subject, with a space between them. The others are summed up. */
  readonly by: readonly string[];
  /** Of a counter: by how much it grew since the last round. */
  readonly increase?: true;
  /** Only samples with these labels. */
  readonly where?: Readonly<Record<string, string>>;
}

export const sentMetrics: readonly Sent[] = [
  { metric: "stream_freshness_seconds", by: ["stream"] },
  { metric: "stream_lag_events", by: ["stream"] },
  { metric: "stream_lag_seconds", by: ["stream"] },
  { metric: "stream_supervisor_healthy", by: ["stream"] },
  { metric: "stream_offset_lost_events", by: ["stream"] },
  { metric: "stream_events_processed_total", by: ["stream"], increase: true },
  { metric: "stream_malformed_events_total", by: ["stream", "reason"], increase: true },
  { metric: "kafka_brokers", by: [] },
  { metric: "kafka_topic_partition_under_replicated_partition", by: ["topic"] },
  { metric: "kafka_log_dir_size_bytes", by: ["topic"] },
  { metric: "kafka_log_dir_usable_bytes", by: ["broker"] },
  { metric: "druid_taskSlot_total_count", by: [] },
  { metric: "druid_taskSlot_used_count", by: [] },
  { metric: "druid_task_failed_count", by: ["dataSource"], increase: true },
  { metric: "druid_segment_count", by: ["dataSource"] },
  { metric: "druid_segment_unavailable_count", by: ["dataSource"] },
  { metric: "druid_query_time", sample: "druid_query_time_count", by: ["service"], increase: true },
  { metric: "druid_jvm_mem_used", by: ["service"], where: { memKind: "heap" } },
  { metric: "superset_up", by: [] },
  { metric: "exporter_scrape_errors_total", by: ["source"], increase: true },
];

/** As prom-client gives it; a histogram has the name of each. */
interface Sample {
  readonly labels: Partial<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

/** What `pipelines/operations.ts` declares. */
export interface OperationsEvent {
  /** In ms since the epoch. */
  readonly at: number;
  readonly metric: string;
  readonly subject: string;
  readonly value: number;
}

/** Makes the events of one round after the other. */
export class OperationsEvents {
  private readonly counted = new Map<string, number>();

  constructor(private readonly registry: Registry) {}

  /** @param at time of the events, in ms since the epoch */
  async next(at: number): Promise<OperationsEvent[]> {
    const all = await this.registry.getMetricsAsJSON();
    return sentMetrics.flatMap((sent) => {
      const samples = all.find(({ name }) => name === sent.metric)?.values ?? [];
      const values = new Map<string, number>();
      const name = sent.sample ?? sent.metric;
      for (const { labels, value, metricName = sent.metric } of samples as readonly Sample[]) {
        if (metricName !== name) continue;
        const isWanted = Object.entries(sent.where ?? {}).every(
          ([key, one]) => labels[key] === one,
        );
        if (!isWanted) continue;
        const subject = sent.by.map((label) => labels[label] ?? "").join(" ");
        values.set(subject, (values.get(subject) ?? 0) + value);
      }
      return [...values].flatMap(([subject, value]) => {
        const event = { at, metric: name, subject };
        if (sent.increase === undefined) return [{ ...event, value }];
        const key = `${name} ${subject}`;
        const before = this.counted.get(key);
        this.counted.set(key, value);
        return before === undefined ? [] : [{ ...event, value: value - before }];
      });
    });
  }
}

/**
 * Sends events to topics. A round that Kafka does not take is lost: what a Kafka that is away misses is told by Prometheus.
 */
export class OperationsSender {
  private producer: Producer | undefined;

  constructor(
    private readonly config: OpenKafka["config"],
    private readonly topics: readonly string[],
  ) {}

  /** @throws Error if Kafka does not take them */
  async send(events: readonly OperationsEvent[]): Promise<void> {
    if (events.length === 0) return;
    const messages = events.map((event) => ({ key: event.metric, value: JSON.stringify(event) }));
    try {
      const producer = await this.connect();
      for (const topic of this.topics) await producer.send({ topic, messages });
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const { producer } = this;
    this.producer = undefined;
    await producer?.disconnect().catch(() => undefined);
  }

  private async connect(): Promise<Producer> {
    if (this.producer !== undefined) return this.producer;
    const client = new Kafka({
      ...this.config,
      clientId: "exporter",
      logLevel: logLevel.NOTHING,
      retry: { retries: 1 },
    });
    const producer = client.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    this.producer = producer;
    return producer;
  }
}
