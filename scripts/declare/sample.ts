/** Reads the newest messages of a topic, and what Kafka says of it. */
import type { OpenKafka } from "../../resources/connection";
import { getTopic, withAdmin } from "../../resources/kafka/api";
import { readMessages, type StoredMessage } from "../../resources/kafka/messages";
import { UnusableMessages } from "./messages";
import type { TopicFacts } from "./write";

/** kafkajs' code for a resource that is a topic. */
const topicResource = 2;

export interface Sample {
  readonly facts: TopicFacts;
  readonly messages: readonly StoredMessage[];
}

/**
 * @param limit how many messages to read at most, the same number of each partition
 * @throws UnusableMessages if there is no such topic, or no message
 */
export async function sampleTopic(
  config: OpenKafka["config"],
  name: string,
  limit: number,
): Promise<Sample> {
  const at = `Kafka at ${config.brokers.join(",")}`;
  const { facts, offsets } = await withAdmin(config, async (admin) => {
    const topic = await getTopic(config, admin, name);
    if (topic === undefined) {
      const all = (await admin.listTopics()).filter((one) => !one.startsWith("__")).sort();
      throw new UnusableMessages(`there is no topic ${name}; there are: ${all.join(", ")}`);
    }
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: topicResource, name, configNames: ["retention.ms"] }],
    });
    const retention = resources[0]?.configEntries[0]?.configValue;
    const { "retention.ms": _retention, ...own } = topic.config;
    const { partitions, replicationFactor } = topic;
    return {
      facts: {
        name,
        partitions,
        replicationFactor,
        ...(retention !== undefined && { retentionMs: Number(retention) }),
        config: own,
      },
      offsets: await admin.fetchTopicOffsets(name),
    };
  });
  const share = Math.ceil(limit / Math.max(1, offsets.length));
  const ranges = offsets.map(({ partition, low, high }) => ({
    partition,
    from: Math.max(Number(low), Number(high) - share),
    to: Number(high),
  }));
  const messages: StoredMessage[] = [];
  await readMessages(config, name, ranges, (message) => messages.push(message) >= limit);
  if (messages.length === 0) {
    throw new UnusableMessages(`topic ${name} of ${at} has no messages. Send some, and try again`);
  }
  return { facts, messages };
}
