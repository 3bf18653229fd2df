import type { Stream } from "../pipelines/declare/stream";
import type { StackSettings } from "../settings";
import { Airflow } from "./airflow/airflow";
import type { Kafka } from "./kafka/kafka";
import type { Namespace } from "./kubernetes/namespace";
import type { Databases } from "./postgres/databases";
import { Producer } from "./producer";
import type { StreamResources } from "./stream";

export interface SendersArgs {
  /** Namespace to live in. */
  readonly namespace: Namespace;
  readonly settings: Pick<StackSettings, "config" | "registry" | "producer" | "airflow">;
  readonly kafka: Kafka;
  /** Where Airflow has its metadata. */
  readonly databases: Databases;
  /** The stream whose events are sent, as declared. */
  readonly stream: Stream;
  /** The same as made. What sends comes after all of it, and goes before. Default: the topic is made elsewhere. */
  readonly resources?: StreamResources;
}

/** Who sends the stream's events, as `producerMode` says: the standalone producer, Airflow, both or nobody. */
export function createSenders(args: SendersArgs): { airflow?: Airflow } {
  const { namespace, settings, kafka, databases, stream, resources } = args;
  const topic = resources?.topic.topicName ?? stream.topic.name;
  const { config, registry } = settings;
  const common = {
    namespace,
    registry,
    bootstrapServers: kafka.bootstrapServers,
    timestampFormat: config.producerTimestampFormat,
    after: resources,
  };
  if (isSender(config, "standalone")) {
    new Producer("producer", {
      ...common,
      values: settings.producer,
      topic,
      intervalMs: config.producerIntervalMs,
      logLevel: config.producerLogLevel,
    });
  }
  if (!isSender(config, "airflow")) return {};
  return {
    airflow: new Airflow("airflow", {
      ...common,
      values: settings.airflow,
      database: databases.access("airflow"),
      secretsGeneration: config.secretsGeneration,
      streams: [{ stream, topic }],
    }),
  };
}

/** Whether `producerMode` asks for this sender. */
export function isSender(
  { producerMode }: StackSettings["config"],
  sender: "standalone" | "airflow",
): boolean {
  return producerMode === sender || producerMode === "both";
}
