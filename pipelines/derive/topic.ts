import type { Stream } from "../declare/stream";

/** A topic of Kafka. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** Default: the brokers' own. */
  readonly replicationFactor?: number;
  /** Topic configuration, by Kafka's names. */
  readonly config: Readonly<Record<string, string>>;
}

const weekMs = 7 * 24 * 60 * 60 * 1000;

/** The stream's topic. The environment's values apply if the stream doesn't set its own. */
export function topicSpec(
  stream: Stream,
  environment: { readonly replicationFactor?: number; readonly minInSyncReplicas?: number },
): TopicSpec {
  const { topic } = stream;
  const { minInSyncReplicas: inSync } = environment;
  const copies = topic.replicationFactor ?? environment.replicationFactor;
  return {
    name: topic.name,
    partitions: topic.partitions,
    ...(copies !== undefined && { replicationFactor: copies }),
    config: {
      "retention.ms": String(topic.retentionMs ?? weekMs),
      ...(inSync === undefined ? {} : { "min.insync.replicas": String(inSync) }),
      ...topic.config,
    },
  };
}
