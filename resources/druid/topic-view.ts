import { type KafkaConnection, withKafka } from "../connection";
import { objectOf } from "../json";
import { withAdmin } from "../kafka/api";
import { type OffsetRange, readMessages, type StoredMessage } from "../kafka/messages";
import { describeBytes } from "./describe-bytes";
import type { TopicView } from "./health";
import { readingRules, verdictOf } from "./message-verdict";

/** The offsets that Kafka has of a partition: from `low` on, and before `high`. */
export interface PartitionOffsets {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

/** How a topic is asked. */
export interface TopicReader {
  offsets(topic: string): Promise<readonly PartitionOffsets[]>;
  /** Reads until `onMessage` returns true, or to the end of the ranges. */
  read(
    topic: string,
    ranges: readonly OffsetRange[],
    onMessage: (message: StoredMessage) => boolean,
  ): Promise<void>;
}

/** How long to wait for Kafka's pods, in ms. */
const openOptions = { timeoutMs: 15_000 };

/** A reader that opens a connection for each question. */
export function topicReader(connection: KafkaConnection): TopicReader {
  return {
    offsets: (topic) =>
      withKafka(
        connection,
        (config) =>
          withAdmin(config, async (admin) =>
            partitionOffsets(await admin.fetchTopicOffsets(topic)),
          ),
        openOptions,
      ),
    read: (topic, ranges, onMessage) =>
      withKafka(
        connection,
        (config) => readMessages(config, topic, ranges, onMessage),
        openOptions,
      ),
  };
}

/** kafkajs gives offsets as text. */
export function partitionOffsets(
  partitions: readonly { partition: number; low: string; high: string }[],
): PartitionOffsets[] {
  return partitions.map(({ partition, low, high }) => ({
    partition,
    low: Number(low),
    high: Number(high),
  }));
}

/** How many messages are looked at, at most, for the one that a task fails at. */
const maxMessages = 100_000;

/** What Kafka tells of the topic of a supervisor's spec. */
export function topicView(reader: TopicReader, spec: unknown): TopicView {
  const topic = String(objectOf(objectOf(objectOf(spec).spec).ioConfig).topic);
  return {
    earliest: async () =>
      new Map((await reader.offsets(topic)).map(({ partition, low }) => [partition, low])),
    firstUnreadable: async (starts) => {
      const ranges = (await reader.offsets(topic)).flatMap(({ partition, low, high }) => {
        const from = Math.max(starts.get(partition) ?? high, low);
        return [{ partition, from, to: Math.min(high, from + maxMessages) }];
      });
      return firstStopping(reader, topic, ranges, spec);
    },
  };
}

/** The message that makes a task fail: one that stops it, or the first that is one malformed message too many. */
async function firstStopping(
  reader: TopicReader,
  topic: string,
  ranges: readonly OffsetRange[],
  spec: unknown,
): Promise<string | undefined> {
  const rules = readingRules(spec);
  let malformed = 0;
  let found: string | undefined;
  await reader.read(topic, ranges, ({ partition, offset, value }) => {
    if (value === null) return false;
    const { stops, unparseable, wrongFields, rowsWithWrongFields } = verdictOf(value, rules);
    malformed += unparseable.length + rowsWithWrongFields;
    if (stops === undefined && malformed <= rules.maxParseExceptions) return false;
    const reason = stops ?? unparseable[0] ?? wrongFields[0];
    found = `at offset ${offset} of partition ${partition} (${reason}): ${describeBytes(value)}`;
    return true;
  });
  return found;
}
