/** Reads messages of a topic, without leaving anything in Kafka. */
import { randomUUID } from "node:crypto";
import type { IHeaders } from "kafkajs";
import type { OpenKafka } from "../connection";
import { poll } from "../poll";

export interface StoredMessage {
  readonly partition: number;
  readonly offset: number;
  /** Null: a tombstone. */
  readonly value: Buffer | null;
  readonly key?: Buffer | null;
  readonly headers?: IHeaders;
}

/** A part of a partition: from `from` on, and before `to`. */
export interface OffsetRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** How long Kafka may send nothing, in ms: the rest is part of a transaction that has not ended, and nobody can read it yet. */
const silenceMs = 10_000;
/** How long a connection with its TLS may take, in ms. kafkajs' own second is short for a busy machine. */
const connectionMs = 5_000;
/** How long a group may have no coordinator that serves it, in ms. */
const coordinatorMs = 30_000;

/**
 * Reads the committed messages of the ranges as a consumer does: what transactions have aborted and their markers are passed
 * over. kafkajs reads in groups only, so the group is one of its own, and is deleted afterwards.
 *
 * @param onMessage returns true to end the reading
 * @throws kafkajs' error
 */
export async function readMessages(
  config: OpenKafka["config"],
  topic: string,
  ranges: readonly OffsetRange[],
  onMessage: (message: StoredMessage) => boolean,
): Promise<void> {
  let last: Error | undefined;
  const failure = () => last ?? new Error(`topic ${topic} was not read`);
  await poll({ timeoutMs: coordinatorMs, failure }, async () => {
    let hasBegun = false;
    try {
      await readOnce(config, topic, ranges, (message) => {
        hasBegun = true;
        return onMessage(message);
      });
      return true;
    } catch (error) {
      if (hasBegun || !(error instanceof Error) || !lacksCoordinator(error)) throw error;
      last = error;
      return undefined;
    }
  });
}

/** Whether no broker serves the group yet: the first group of a cluster waits until Kafka has made and loaded the topic of all groups. */
function lacksCoordinator(error: unknown): boolean {
  const { type, cause } = Object(error) as { type?: string; cause?: unknown };
  if (type === undefined) return cause !== undefined && lacksCoordinator(cause);
  return [
    "GROUP_LOAD_IN_PROGRESS",
    "GROUP_COORDINATOR_NOT_AVAILABLE",
    "NOT_COORDINATOR_FOR_GROUP",
  ].includes(type);
}

async function readOnce(
  config: OpenKafka["config"],
  topic: string,
  ranges: readonly OffsetRange[],
  onMessage: (message: StoredMessage) => boolean,
): Promise<void> {
  const left = new Map(
    ranges.filter(({ from, to }) => from < to).map((range) => [range.partition, range]),
  );
  if (left.size === 0) return;
  const { Kafka, logLevel } = await import("kafkajs");
  const kafka = new Kafka({
    ...config,
    clientId: "realtime-analytics",
    logLevel: logLevel.NOTHING,
    // The first group of a cluster waits until Kafka has made the topic of all groups.
    retry: { retries: 8 },
    connectionTimeout: connectionMs,
  });
  const groupId = `realtime-analytics-read-${randomUUID()}`;
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 200,
    allowAutoTopicCreation: false,
  });
  let ended = false;
  let crashed = false;
  let end = () => {};
  let fail = (_error: Error) => {};
  const reading = new Promise<void>((resolve, reject) => {
    end = () => {
      ended = true;
      resolve();
    };
    fail = reject;
  });
  // It may be rejected before it is awaited.
  reading.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  // What is fetched before the consumer has sought its place may come again.
  const next = new Map([...left.values()].map(({ partition, from }) => [partition, from]));
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    crashed = true;
    fail(payload.error);
  });
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    timer?.refresh();
    const range = left.get(payload.partition);
    if (range && Number(payload.lastOffset) + 1 >= range.to) left.delete(payload.partition);
    if (left.size === 0) end();
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { partition, messages } }) => {
        for (const { offset, value, key, headers } of messages) {
          const range = left.get(partition);
          if (ended || range === undefined || Number(offset) >= range.to) return;
          if (Number(offset) < (next.get(partition) ?? 0)) continue;
          next.set(partition, Number(offset) + 1);
          if (onMessage({ partition, offset: Number(offset), value, key, headers })) return end();
        }
      },
    });
    timer = setTimeout(() => end(), silenceMs);
    // A consumer that has crashed can't seek, and its own error is the one to tell.
    for (const { partition, from } of crashed ? [] : left.values()) {
      consumer.seek({ topic, partition, offset: String(from) });
    }
    await reading;
  } finally {
    clearTimeout(timer);
    await consumer.disconnect().catch(() => {});
    const admin = kafka.admin();
    await admin.connect();
    await admin.deleteGroups([groupId]).catch(() => {});
    await admin.disconnect();
  }
}
