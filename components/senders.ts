import type { Stream } from "../pipelines/declare/stream";
import { senderSpec } from "../pipelines/derive/sender";
import type { AclOperation } from "../resources/kafka/acl";
import type { StackSettings } from "../settings";
import { Airflow } from "./airflow/airflow";
import type { KafkaAccount } from "./kafka/account";
import type { KafkaCluster } from "./kafka/cluster";
import type { Namespace } from "./kubernetes/namespace";
import type { Databases } from "./postgres/databases";
import { Producer, type SentStream } from "./producer";
import type { StreamResources } from "./stream";

export interface SendersArgs {
  /** Namespace to live in. */
  readonly namespace: Namespace;
  readonly settings: Pick<
    StackSettings,
    "config" | "registry" | "producer" | "airflow" | "monitoring"
  >;
  readonly kafka: Pick<KafkaCluster, "createAccount">;
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
  const specs = declared.flatMap((stream) => {
    const spec = senderSpec(stream, config.producerTimestampFormat);
    const made = resources[stream.name];
    return spec === undefined || made === undefined ? [] : [{ spec, made }];
  });
  /** The streams as a sender's user may use their topics. */
  const permitted = (account: KafkaAccount, operations: readonly AclOperation[]): SentStream[] =>
    specs.map(({ spec, made }) => {
      const resource = { type: "topic" as const, name: spec.topic };
      const name = `${spec.name}-${account.name}-access`;
      return {
        spec,
        after: [made, ...account.permit(name, { resource, operations, parent: made })],
      };
    });
  const common = { namespace, registry };
  if (isSender(config, "standalone") && specs.length > 0) {
    const account = kafka.createAccount("producer");
    new Producer("producer", {
      ...common,
      account,
      streams: permitted(account, ["WRITE"]),
      values: settings.producer,
      isScraped: settings.monitoring.enabled,
      intervalMs: config.producerIntervalMs || undefined,
      logLevel: config.producerLogLevel,
    });
  }
  if (!isSender(config, "airflow")) return {};
  const account = kafka.createAccount("airflow");
  // librdkafka asks for the group of a consumer, even of one that is told what to read.
  account.permit("airflow-group-access", {
    resource: { type: "group", name: "airflow-keys" },
    operations: ["READ"],
  });
  return {
    airflow: new Airflow("airflow", {
      ...common,
      account,
      // A second try of a run looks for what the first has sent.
      streams: permitted(account, ["READ", "WRITE"]),
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
