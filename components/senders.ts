import type { Stream } from "../pipelines/declare/stream";
import { senderSpec } from "../pipelines/derive/sender";
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
  readonly kafka: Pick<Kafka, "bootstrapServers">;
  /** Where Airflow has its metadata. */
  readonly databases: Databases;
  /** The streams as declared. Nothing sends those without `producer`. */
  readonly declared: readonly Stream[];
  /** The same as made, by name. What sends a stream comes after all of it, and goes before. */
  readonly resources: Readonly<Record<string, StreamResources>>;
}

/** Who sends the streams' events, as `producerMode` says: the standalone producer, Airflow, both or nobody. */
export function createSenders(args: SendersArgs): { airflow?: Airflow } {
  const { namespace, settings, kafka, databases, declared, resources } = args;
  const { config, registry } = settings;
  const streams = declared.flatMap((stream) => {
    const spec = senderSpec(stream, config.producerTimestampFormat);
    return spec === undefined ? [] : [{ spec, after: resources[stream.name] }];
  });
  const common = { namespace, registry, bootstrapServers: kafka.bootstrapServers, streams };
  if (isSender(config, "standalone") && streams.length > 0) {
    new Producer("producer", {
      ...common,
      values: settings.producer,
      intervalMs: config.producerIntervalMs || undefined,
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
