/** Kafka's administration, as far as topics need it, over kafkajs. Nothing of Pulumi here. */
import type { Admin } from "kafkajs";
import type { OpenKafka } from "../connection";
import { poll } from "../poll";
import { fetchTopicId } from "./topic-id";
import { kafkaReason, kafkaTrouble } from "./trouble";

export type TopicConfig = Readonly<Record<string, string>>;

export interface Topic {
  readonly partitions: number;
  readonly replicationFactor: number;
  /** What the topic was given; what follows the brokers' defaults is left out. */
  readonly config: TopicConfig;
  /** Kafka's own identity of the topic: a topic that is created again under the same name has another. */
  readonly topicId: string;
}

export interface TopicSpec {
  readonly partitions: number;
  /** Default: the brokers' own. */
  readonly replicationFactor?: number;
  readonly config: TopicConfig;
}

/** Kafka's code for a config entry that was set on the topic itself. */
const topicConfig = 1;
/** kafkajs' code for a resource that is a topic. */
const topicResource = 2;
/** How long to wait for brokers to join, for leaders and for a deletion, in ms. */
const waitMs = 60_000;

/**
 * Connects, uses and disconnects an administration client.
 *
 * @param retries of each request that Kafka may answer otherwise a moment later. Default: 5, which take up to a minute
 */
export async function withAdmin<T>(
  config: OpenKafka["config"],
  use: (admin: Admin) => Promise<T>,
  retries = 5,
): Promise<T> {
  const { Kafka, logLevel } = await import("kafkajs");
  const kafka = new Kafka({
    ...config,
    clientId: "realtime-analytics",
    // Errors are thrown; the log would repeat them.
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
    retry: { retries },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await use(admin);
  } catch (error) {
    throw new Error(kafkaTrouble(config, error), { cause: error });
  } finally {
    await admin.disconnect();
  }
}

/** The topic as it is, or undefined where there is none. */
export async function getTopic(
  config: OpenKafka["config"],
  admin: Admin,
  name: string,
): Promise<Topic | undefined> {
  if (!(await admin.listTopics()).includes(name)) {
    return undefined;
  }
  const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
  const partitions = topics[0]?.partitions ?? [];
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: topicResource, name }],
  });
  const entries = (resources[0]?.configEntries ?? []).filter(
    (entry) => entry.configSource === topicConfig,
  );
  return {
    partitions: partitions.length,
    replicationFactor: Math.min(...partitions.map((partition) => partition.replicas.length)),
    config: Object.fromEntries(entries.map((entry) => [entry.configName, entry.configValue])),
    topicId: await fetchTopicId(config, name),
  };
}

/** The topic once the brokers show it: each of them learns of a new one by itself, after the controller has made it. */
export function shownTopic(
  config: OpenKafka["config"],
  admin: Admin,
  name: string,
): Promise<Topic> {
  const failure = (last: string) =>
    new Error(`topic ${name} was made, but Kafka does not show it: ${last}`);
  return poll({ timeoutMs: waitMs, failure }, async (report) => {
    try {
      return (await getTopic(config, admin, name)) ?? report("it is not listed");
    } catch (error) {
      return report(kafkaReason(error));
    }
  });
}

/** What everybody who may read a topic sees of it, or why it is not to be seen. */
export type TopicView =
  | Pick<Topic, "partitions" | "replicationFactor">
  | { readonly refusal: string };

/** Looks at a topic without asking for more than the right to read it. */
export async function viewTopic(admin: Admin, name: string): Promise<TopicView> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
    const partitions = topics[0]?.partitions ?? [];
    const replicas = partitions.map((partition) => partition.replicas.length);
    return { partitions: partitions.length, replicationFactor: Math.min(...replicas) };
  } catch (error) {
    const { type } = Object(error) as { type?: string };
    const isAnswer = /^(UNKNOWN_TOPIC_OR_PARTITION|TOPIC_AUTHORIZATION_FAILED)$/.test(type ?? "");
    if (!isAnswer) throw error;
    return { refusal: `${kafkaReason(error)} (${type})` };
  }
}

/** Kafka's errors while brokers have not joined yet, or partitions of a new topic have no leader yet. */
const passingError = /replication.factor|does not host this topic-partition|no leader/i;

/** Creates the topic; while fewer brokers than replicas have joined, or its partitions have no leaders, it waits for them. */
export async function createTopic(admin: Admin, name: string, spec: TopicSpec): Promise<void> {
  const topic = {
    topic: name,
    numPartitions: spec.partitions,
    // Kafka's code for the brokers' default.
    replicationFactor: spec.replicationFactor ?? -1,
    configEntries: configEntries(spec.config),
  };
  const failure = (last: string) => new Error(`topic ${name} was not created: ${last}`);
  await poll({ timeoutMs: waitMs, failure }, async (report) => {
    try {
      await admin.createTopics({ waitForLeaders: true, timeout: 30_000, topics: [topic] });
      return true;
    } catch (error) {
      if (!passingError.test(kafkaReason(error))) throw failure(kafkaReason(error));
      return report(kafkaReason(error));
    }
  });
}

export async function addPartitions(admin: Admin, name: string, count: number): Promise<void> {
  await admin.createPartitions({ topicPartitions: [{ topic: name, count }] });
}

/** Sets the topic's whole configuration: what is not in it goes back to the brokers' defaults. */
export async function setConfig(admin: Admin, name: string, config: TopicConfig): Promise<void> {
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: topicResource, name, configEntries: configEntries(config) }],
  });
}

function configEntries(config: TopicConfig): { name: string; value: string }[] {
  return Object.entries(config).map(([name, value]) => ({ name, value }));
}

/** How many messages the topic has, those that retention has not taken yet; 0 where there is no such topic. */
export async function countMessages(admin: Admin, name: string): Promise<number> {
  if (!(await admin.listTopics()).includes(name)) return 0;
  const partitions = await admin.fetchTopicOffsets(name);
  return partitions.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
}

/** Deletes the topic and its messages, and returns when no broker lists it; nothing happens where there is none. */
export async function deleteTopic(admin: Admin, name: string): Promise<void> {
  const exists = async () => (await admin.listTopics()).includes(name);
  if (!(await exists())) {
    return;
  }
  await admin.deleteTopics({ topics: [name], timeout: 30_000 });
  const failure = () =>
    new Error(`topic ${name} is still listed ${waitMs / 1000} s after it was deleted`);
  await poll({ timeoutMs: waitMs, failure }, async () => !(await exists()) || undefined);
}
