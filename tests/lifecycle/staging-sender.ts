import type { Kafka } from "kafkajs";

export interface Sent {
  /** Marks of the events that Kafka acknowledged. */
  readonly acknowledged: readonly string[];
  /** Sends that failed and were tried again. */
  readonly failures: number;
  /** The longest time from one acknowledgement to the next, in ms. */
  readonly longestGapMs: number;
}

/**
 * Sends marked events, one at a time, acknowledged by all in-sync replicas. One that fails is sent again by the same
 * idempotent producer, so that Kafka writes it once.
 */
export async function startSending(kafka: Kafka, topic: string, run: string, perSecond: number) {
  const producer = kafka.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
  });
  await producer.connect();
  const acknowledged: string[] = [];
  let failures = 0;
  let longestGapMs = 0;
  let last = performance.now();
  let stopping = false;
  const send = async (mark: string) => {
    const event = {
      data_id: acknowledged.length,
      name: "BTC",
      timestamp: Date.now(),
      probe_id: mark,
    };
    const messages = [{ key: "BTC", value: JSON.stringify(event) }];
    for (;;) {
      try {
        await producer.send({ topic, acks: -1, timeout: 10_000, messages });
        break;
      } catch {
        failures += 1;
      }
    }
    const now = performance.now();
    longestGapMs = Math.max(longestGapMs, now - last);
    last = now;
    acknowledged.push(mark);
  };
  const loop = async () => {
    for (let index = 0; !stopping; index += 1) {
      await send(`${run}-${index}`);
      // The rate, not a wait for anything.
      await new Promise((resolve) => setTimeout(resolve, 1_000 / perSecond));
    }
  };
  const ended = loop();
  return {
    count: () => acknowledged.length,
    /** Ends when the event that is under way is acknowledged. */
    stop: async (): Promise<Sent> => {
      stopping = true;
      await ended;
      await producer.disconnect();
      return { acknowledged, failures, longestGapMs: Math.round(longestGapMs) };
    },
  };
}
