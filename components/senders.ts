import type { Stream } from "../pipelines/declare/stream";
import type { StackSettings } from "../settings";
import { Airflow } from "./airflow/airflow";
import type { Kafka } from "./kafka/kafka";
import type { Namespace } from "./kubernetes/namespace";
import type { DatabaseServer } from "./postgres/database";
import { Producer } from "./producer";
import type { StreamResources } from "./stream";

export interface SendersArgs {
  /** Namespace to live in. */
  namespace: Namespace;
  /** Name of the stack. */
  stack: string;
  /** Whether a destroy leaves the volumes. */
  keepData: boolean;
  settings: Pick<StackSettings, "config" | "registry" | "producer" | "airflow">;
  kafka: Kafka;
  /** Where Airflow has its metadata. */
  postgres: DatabaseServer;
  /** The stream whose events are sent, as declared. */
  stream: Stream;
  /** The same as made. What sends comes after all of it, and goes before. Default: the topic is made elsewhere. */
  resources?: StreamResources;
}

/** Who sends the stream's events, as `producerMode` says: the standalone producer, Airflow, both or nobody. */
export function createSenders(args: SendersArgs): { airflow?: Airflow } {
  const { namespace, stack, settings, kafka, postgres, stream, resources } = args;
  const topic = resources?.topic.topicName ?? stream.topic.name;
  const { config, registry } = settings;
  const isSender = (mode: "standalone" | "airflow") =>
    config.producerMode === mode || config.producerMode === "both";
  const sending = {
    namespace,
    stack,
    registry,
    bootstrapServers: kafka.bootstrapServers,
    timestampFormat: config.producerTimestampFormat,
    after: resources,
  };
  if (isSender("standalone")) {
    new Producer("producer", {
      ...sending,
      values: settings.producer,
      topic,
      intervalMs: config.producerIntervalMs,
      logLevel: config.producerLogLevel,
    });
  }
  if (!isSender("airflow")) return {};
  return {
    airflow: new Airflow("airflow", {
      ...sending,
      values: settings.airflow,
      keepData: args.keepData,
      databaseServer: postgres,
      secretsGeneration: config.secretsGeneration,
      streams: [{ stream, topic }],
    }),
  };
}
