import type * as pulumi from "@pulumi/pulumi";
import type { Pipeline } from "../pipelines/definition";
import type { StackSettings } from "../settings";
import { Airflow } from "./airflow";
import type { Kafka } from "./kafka";
import type { Namespace } from "./namespace";
import type { Postgres } from "./postgres";
import { Producer } from "./producer";

export interface SendersArgs {
  /** Namespace to live in. */
  namespace: Namespace;
  /** Name of the stack. */
  stack: string;
  settings: Pick<StackSettings, "config" | "registry" | "producer" | "airflow">;
  kafka: Kafka;
  /** Where Airflow has its metadata. */
  postgres: Postgres;
  /** The stream whose events are sent. */
  pipeline: Pipeline;
  /** Its topic, which must exist. */
  topic: pulumi.Input<string>;
}

/** Who sends the stream's events, as `producerMode` says: the standalone producer, Airflow, both or nobody. */
export function createSenders(args: SendersArgs): { airflow?: Airflow } {
  const { namespace, stack, settings, kafka, postgres, pipeline, topic } = args;
  const { config, registry } = settings;
  const isSender = (mode: "standalone" | "airflow") =>
    config.producerMode === mode || config.producerMode === "both";
  const sending = {
    namespace,
    stack,
    registry,
    bootstrapServers: kafka.bootstrapServers,
    timestampFormat: config.producerTimestampFormat,
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
      database: postgres.superuser,
      secretsGeneration: config.secretsGeneration,
      streams: [{ pipeline, topic }],
    }),
  };
}
