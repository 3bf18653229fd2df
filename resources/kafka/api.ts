/** Kafka's administration, as far as topics need it, over kafkajs. Nothing of Pulumi here. */
import type { Admin } from "kafkajs";
import type { OpenKafka } from "../connection";
import { errorText } from "../error-text";
import { poll } from "../poll";
import { fetchTopicId } from "./topic-id";

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
  readonly replicationFactor: number;
  readonly config: TopicConfig;
}

/** Kafka's code for a config entry that was set on the topic itself. */
const topicConfig = 1;
/** kafkajs' code for a resource that is a topic. */
const topicResource = 2;
/** How long to wait for brokers to join, for leaders and for a deletion, in ms. */
const waitMs = 60_000;

/** Connects, uses and disconnects an administration client. */
export async function withAdmin<T>(
  config: OpenKafka["config"],
  use: (admin: Admin) => Promise<T>,
): Promise<T> {
  const { Kafka, logLevel } = await import("kafkajs");
  const kafka = new Kafka({
    ...config,
    clientId: "realtime-analytics",
    // Errors are thrown; the log would repeat them.
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
    retry: { retries: 5 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await use(admin);
  } catch (error) {
    const at = `Kafka at ${config.brokers.join(",")}`;
    throw new Error(refusedLogIn(at, config.sasl?.username, error) ?? `${at}: ${reason(error)}`, {
      cause: error,
    });
  } finally {
    await admin.disconnect();
  }
}

/**
 * What to say of a refused log-in; undefined for any other error.
 *
 * @param at where, such as `Kafka at kafka:9092`
 */
export function refusedLogIn(
  at: string,
  username: string | undefined,
  error: unknown,
): string | undefined {
  const isRefused = error instanceof Error && error.name === "KafkaJSSASLAuthenticationError";
  if (!isRefused) return undefined;
  return (
    `${at} refuses user ${username}: wrong password, or no such user. After \`make rotate-secrets\` the old ones are void: ` +
    "read the outputs again. `make up` gives the user its password back"
  );
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

/** Kafka's errors while brokers have not joined yet, or partitions of a new topic have no leader yet. */
const passingError = /replication.factor|does not host this topic-partition|no leader/i;

/** Creates the topic; while fewer brokers than replicas have joined, or its partitions have no leaders, it waits for them. */
export async function createTopic(admin: Admin, name: string, spec: TopicSpec): Promise<void> {
  const topic = {
    topic: name,
    numPartitions: spec.partitions,
    replicationFactor: spec.replicationFactor,
    configEntries: configEntries(spec.config),
  };
  const failure = (last: string) => new Error(`topic ${name} was not created: ${last}`);
  await poll({ timeoutMs: waitMs, failure }, async (report) => {
    try {
      await admin.createTopics({ waitForLeaders: true, timeout: 30_000, topics: [topic] });
      return true;
    } catch (error) {
      if (!passingError.test(reason(error))) throw failure(reason(error));
      return report(reason(error));
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

/** kafkajs gathers what Kafka said of several topics in `errors`. */
function reason(error: unknown): string {
  if (error instanceof Error && "errors" in error && Array.isArray(error.errors)) {
    return error.errors.map((inner) => String(inner.message ?? inner)).join("; ");
  }
  return errorText(error);
}
