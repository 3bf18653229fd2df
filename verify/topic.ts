import { Kafka, logLevel } from "kafkajs";
import { type KafkaConnection, type OpenOptions, openKafka } from "../resources/connection";
import { partitionOffsets, type TopicReader } from "../resources/druid/topic-view";
import { readMessages } from "../resources/kafka/messages";
import { kafkaTrouble } from "../resources/kafka/trouble";

/** A message to send to a topic. */
export interface Message {
  readonly key?: string;
  readonly value: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A connection to Kafka, with what the proof needs of it. */
export interface KafkaProbe extends TopicReader {
  /** Sends messages and resolves when all in-sync replicas have them. */
  send(topic: string, messages: readonly Message[]): Promise<void>;
  /** How many messages were ever sent to the topic: the sum of its partitions' end offsets. */
  endOffset(topic: string): Promise<number>;
  /** How many messages came in the last `ms`, by Kafka's timestamps. */
  cameWithin(topic: string, ms: number): Promise<number>;
  close(): Promise<void>;
}

/** Connects to the stack's Kafka. @throws Error that says why not, such as a refused log-in, or that no pod of the service is ready */
export async function openKafkaProbe(
  connection: KafkaConnection,
  options?: OpenOptions,
): Promise<KafkaProbe> {
  const open = await openKafka(connection, options);
  const kafka = new Kafka({
    clientId: "verify",
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
    retry: { retries: 4, maxRetryTime: 2_000 },
    ...open.config,
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const admin = kafka.admin();
  const close = async () => {
    await Promise.allSettled([producer.disconnect(), admin.disconnect()]);
    await open.close();
  };
  try {
    await Promise.all([producer.connect(), admin.connect()]);
  } catch (error) {
    await close();
    throw new Error(kafkaTrouble(open.config, error), { cause: error });
  }
  return {
    send: async (topic, messages) => {
      await producer.send({ topic, acks: -1, timeout: 10_000, messages: [...messages] });
    },
    endOffset: async (topic) => {
      const partitions = await admin.fetchTopicOffsets(topic);
      return partitions.reduce((sum, { high }) => sum + Number(high), 0);
    },
    cameWithin: async (topic, ms) => {
      const before = await admin.fetchTopicOffsetsByTimestamp(topic, Date.now() - ms);
      const starts = new Map(before.map(({ partition, offset }) => [partition, Number(offset)]));
      const ends = partitionOffsets(await admin.fetchTopicOffsets(topic));
      return ends.reduce(
        (sum, { partition, high }) => sum + high - (starts.get(partition) ?? high),
        0,
      );
    },
    offsets: async (topic) => partitionOffsets(await admin.fetchTopicOffsets(topic)),
    read: (topic, ranges, onMessage) => readMessages(open.config, topic, ranges, onMessage),
    close,
  };
}
