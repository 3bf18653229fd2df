import type { OpenKafka } from "../connection";
import { errorText } from "../error-text";
import { compact, compactArray, exchange, newestVersion, noTags, type Reader } from "./protocol";

const metadata = { apiKey: 3, version: 12 } as const;

/**
 * A topic's own id, which kafkajs 2.2 does not read: the Metadata request of version 12 (Kafka protocol guide,
 * "Metadata API (Key: 3)"; KIP-516 for topic ids). Empty where the brokers' topics have no ids, as those of services that
 * speak Kafka's protocol.
 *
 * @throws Error where no broker answers, or none knows the topic
 */
export async function fetchTopicId(config: OpenKafka["config"], topic: string): Promise<string> {
  // By name rather than by id. Neither create it nor tell what is allowed on it.
  const one = Buffer.concat([Buffer.alloc(16), compact(topic), noTags]);
  const body = Buffer.concat([compactArray([one]), Buffer.from([0, 0]), noTags]);
  try {
    return topicIdOf(await exchange(config, { ...metadata, body }), topic);
  } catch (error) {
    const newest = await newestVersion(config, metadata.apiKey).catch(() => undefined);
    if (newest !== undefined && newest < metadata.version) return "";
    throw new Error(`the id of topic ${topic} could not be read: ${errorText(error)}`);
  }
}

/** Reads the answer up to the first topic's id. */
function topicIdOf(answer: Reader, topic: string): string {
  // Throttle time.
  answer.int32();
  answer.array(() => {
    answer.int32();
    answer.text();
    answer.int32();
    answer.text();
    answer.tags();
  });
  // Cluster id and controller.
  answer.text();
  answer.int32();
  answer.unsignedVarint();
  const error = answer.int16();
  answer.text();
  const id = answer.uuid();
  if (error !== 0 || /^0*$/.test(id)) {
    throw new Error(`Kafka knows no topic ${topic} (error code ${error})`);
  }
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
