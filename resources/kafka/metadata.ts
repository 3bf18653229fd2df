import type { OpenKafka } from "../connection";
import { compact, compactArray, exchange, noTags, type Reader } from "./protocol";

/** What kafkajs 2.2 does not read, or takes for an error: ids of topics, and partitions without a leader. */
export interface Metadata {
  /** Those that are up. */
  readonly brokers: readonly { readonly id: number; readonly address: string }[];
  readonly topics: readonly TopicMetadata[];
}

export interface TopicMetadata {
  /** Kafka's code; 0: none. */
  readonly error: number;
  readonly name: string;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly partitions: readonly {
    readonly partition: number;
    /** -1: none, the partition is offline. */
    readonly leader: number;
    readonly replicas: number;
    readonly inSync: number;
  }[];
}

/** Kafka protocol guide, "Metadata API (Key: 3)"; KIP-516 for topic ids. */
export const metadataRequest = { apiKey: 3, version: 12 } as const;

/**
 * Asks for brokers and topics.
 *
 * @param topics by their names. Default: all that the user may describe.
 * @throws Error where no broker answers
 */
export async function fetchMetadata(
  config: OpenKafka["config"],
  topics?: readonly string[],
): Promise<Metadata> {
  // By name rather than by id. Neither create them nor tell what is allowed on them.
  const named = topics?.map((topic) => Buffer.concat([Buffer.alloc(16), compact(topic), noTags]));
  const asked = named ? compactArray(named) : noEntries;
  const body = Buffer.concat([asked, Buffer.from([0, 0]), noTags]);
  return metadataOf(await exchange(config, { ...metadataRequest, body }));
}

/** An array that is null: all. */
const noEntries = Buffer.from([0]);

function metadataOf(answer: Reader): Metadata {
  // Throttle time.
  answer.int32();
  const brokers = answer.array(() => {
    const id = answer.int32();
    const host = answer.text();
    const address = `${host}:${answer.int32()}`;
    // Rack.
    answer.text();
    answer.tags();
    return { id, address };
  });
  // Cluster id and controller.
  answer.text();
  answer.int32();
  const topics = answer.array(() => topicOf(answer));
  return { brokers, topics };
}

function topicOf(answer: Reader): TopicMetadata {
  const error = answer.int16();
  const name = answer.text();
  const id = answer.uuid();
  // Whether it is internal.
  answer.int8();
  const partitions = answer.array(() => {
    answer.int16();
    const partition = answer.int32();
    const leader = answer.int32();
    // Epoch.
    answer.int32();
    const brokers = () => answer.array(() => answer.int32()).length;
    const [replicas, inSync] = [brokers(), brokers()];
    // Those that are offline.
    brokers();
    answer.tags();
    return { partition, leader, replicas, inSync };
  });
  // What is allowed.
  answer.int32();
  answer.tags();
  return { error, name, id, partitions };
}
