import type { Admin } from "kafkajs";
import { Gauge, type Registry } from "prom-client";
import type { OpenKafka } from "../resources/connection";
import { type PartitionOffsets, partitionOffsets } from "../resources/druid/topic-view";
import { withAdmin } from "../resources/kafka/api";
import { fetchLogDirs } from "../resources/kafka/log-dirs";
import { fetchMetadata, type Metadata } from "../resources/kafka/metadata";

type Config = OpenKafka["config"];

/** The metrics of Kafka's brokers, topics and consumer groups. */
export class KafkaMetrics {
  private readonly gauge: (name: string, help: string, labels?: readonly string[]) => Gauge;
  private readonly brokers: Gauge;
  private readonly leader: Gauge;
  private readonly replicas: Gauge;
  private readonly inSync: Gauge;
  private readonly underReplicated: Gauge;
  private readonly groupLag: Gauge;
  private readonly logSize: Gauge;
  private readonly total: Gauge;
  private readonly usable: Gauge;

  constructor(
    registry: Registry,
    private readonly config: Config,
  ) {
    this.gauge = (name, help, labels = []) =>
      new Gauge({ name: `kafka_${name}`, help, labelNames: [...labels], registers: [registry] });
    const partition = ["topic", "partition"];
    this.brokers = this.gauge("brokers", "Brokers that are up.");
    // Until the first answer it is not known.
    this.brokers.remove();
    this.leader = this.gauge(
      "topic_partition_leader",
      "The leading broker; -1: the partition is offline.",
      partition,
    );
    this.replicas = this.gauge("topic_partition_replicas", "Copies of the partition.", partition);
    this.inSync = this.gauge("topic_partition_in_sync_replica", "Copies in sync.", partition);
    this.underReplicated = this.gauge(
      "topic_partition_under_replicated_partition",
      "1 if a copy is not in sync.",
      partition,
    );
    this.groupLag = this.gauge(
      "consumergroup_lag",
      "Messages after the offset that the group has committed.",
      ["consumergroup", ...partition],
    );
    this.logSize = this.gauge("log_dir_size_bytes", "Size of the topic's log.", [
      "broker",
      "topic",
    ]);
    this.total = this.gauge("log_dir_total_bytes", "Size of the volume of the logs.", ["broker"]);
    this.usable = this.gauge("log_dir_usable_bytes", "What of the volume is free.", ["broker"]);
  }

  /** Asks for brokers and partitions. */
  async readTopics(): Promise<void> {
    const { brokers, topics } = await fetchMetadata(this.config);
    this.brokers.set(brokers.length);
    const gauges = [this.leader, this.replicas, this.inSync, this.underReplicated];
    for (const gauge of gauges) gauge.reset();
    for (const { name: topic, partitions } of topics) {
      for (const { partition, leader, replicas, inSync } of partitions) {
        const labels = { topic, partition: String(partition) };
        this.leader.set(labels, leader);
        this.replicas.set(labels, replicas);
        this.inSync.set(labels, inSync);
        this.underReplicated.set(labels, inSync < replicas ? 1 : 0);
      }
    }
  }

  /** The offsets of topics. @throws Error that names each topic of which they can't be read */
  async readOffsets(
    topics: readonly string[],
    take: (topic: string, offsets: readonly PartitionOffsets[]) => void,
  ): Promise<void> {
    await withAdmin(this.config, async (admin) => {
      const failures: string[] = [];
      for (const topic of new Set(topics)) {
        try {
          take(topic, partitionOffsets(await admin.fetchTopicOffsets(topic)));
        } catch (error) {
          failures.push(`topic ${topic}: ${error}`);
        }
      }
      if (failures.length > 0) throw new Error(failures.join("; "));
    });
  }

  /** Asks how far each consumer group is. */
  async readGroups(): Promise<void> {
    const lags = await withAdmin(this.config, groupLags);
    this.groupLag.reset();
    for (const { lag, ...labels } of lags) this.groupLag.set(labels, lag);
  }

  /** Asks each broker what it keeps on its disk. */
  async readLogDirs(): Promise<void> {
    const { brokers } = await fetchMetadata(this.config, []);
    const read = await Promise.all(brokers.map((broker) => this.readDisk(broker)));
    this.logSize.reset();
    for (const { broker, sizes, total, usable } of read) {
      for (const [topic, size] of sizes) this.logSize.set({ broker, topic }, size);
      this.total.set({ broker }, total);
      this.usable.set({ broker }, usable);
    }
  }

  private async readDisk({ id, address }: Metadata["brokers"][number]) {
    const dirs = await fetchLogDirs(this.config, address);
    const sizes = new Map<string, number>();
    for (const [topic, size] of dirs.flatMap(({ topics }) => [...topics])) {
      sizes.set(topic, (sizes.get(topic) ?? 0) + size);
    }
    const sum = (key: "totalBytes" | "usableBytes") => dirs.reduce((all, dir) => all + dir[key], 0);
    return { broker: String(id), sizes, total: sum("totalBytes"), usable: sum("usableBytes") };
  }
}

async function groupLags(admin: Admin) {
  const { groups } = await admin.listGroups();
  const ends = new Map<string, Map<number, number>>();
  const lags = [];
  for (const { groupId } of groups) {
    for (const { topic, partitions } of await admin.fetchOffsets({ groupId })) {
      const known = ends.get(topic) ?? (await endsOf(admin, topic));
      ends.set(topic, known);
      for (const { partition, offset } of partitions) {
        const end = known.get(partition);
        if (Number(offset) < 0 || end === undefined) continue;
        const lag = Math.max(0, end - Number(offset));
        lags.push({ consumergroup: groupId, topic, partition: String(partition), lag });
      }
    }
  }
  return lags;
}

/** Of a topic that was deleted since, none. */
async function endsOf(admin: Admin, topic: string): Promise<Map<number, number>> {
  const offsets = await admin.fetchTopicOffsets(topic).catch(() => []);
  return new Map(partitionOffsets(offsets).map(({ partition, high }) => [partition, high]));
}
