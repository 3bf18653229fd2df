import { Kafka, logLevel } from "kafkajs";
import { prices, specOf } from "../pipelines/testing/streams";
import { MessageBuffer } from "../producer/buffer";
import { Delivery, type Transport } from "../producer/delivery";
import { createEvent, toMessage, valuesOf } from "../producer/events";
import { KafkaTransport } from "../producer/kafka";
import { createLog } from "../producer/log";
import { KafkaBroker, whyNoBroker } from "../producer/testing/kafka-broker";
import type { Benchmark } from "./figure";

const batchedCount = 200_000;
const singleCount = 2_000;

/** The rate of messages that the producer sends to Kafka in batches, compared with one message at a time. */
export const throughput: Benchmark = {
  name: "throughput",
  about: "messages/s of the producer in batches ÷ one by one, to a Kafka of this machine's own",
  disruptive: false,
  run: async (progress) => {
    const reason = whyNoBroker();
    if (reason) throw new Error(reason);
    const broker = await KafkaBroker.create();
    try {
      await broker.start();
      await createTopic(broker.address);
      await rate(broker.address, 20_000, 2_000);
      progress(`${batchedCount} messages in batches`);
      const batched = await rate(broker.address, batchedCount, 2_000);
      progress(`${singleCount} messages one by one`);
      const single = await rate(broker.address, singleCount, 1);
      return {
        name: "Producer throughput",
        measured: [
          `in batches of at most 2,000: ${Math.round(batched)} messages/s`,
          `one by one: ${Math.round(single)} messages/s`,
        ],
        ratio: batched / single,
        ratioOf: "batches ÷ one by one, acks from all replicas, idempotent",
      };
    } finally {
      await broker.remove();
    }
  },
};

async function createTopic(address: string): Promise<void> {
  const admin = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic: "bench", numPartitions: 1 }],
    waitForLeaders: true,
  });
  await admin.disconnect();
}

/** Messages per second from the first send to the last acknowledgement, without the time to connect. */
async function rate(address: string, messages: number, batchMessages: number): Promise<number> {
  const log = createLog("error");
  const transport: Transport = new KafkaTransport(
    { brokers: [address], topic: "bench", clientId: "bench" },
    log,
  );
  await transport.connect();
  const buffer = new MessageBuffer(messages);
  const spec = specOf(prices);
  const values = valuesOf(spec);
  for (let index = 0; index < messages; index += 1) {
    const value = values[index % values.length];
    if (value) buffer.offer(toMessage(spec, createEvent(spec, value, new Date())));
  }
  const delivery = new Delivery(buffer, transport, log, {
    batchMessages,
    attemptTimeoutMs: 60_000,
  });
  const start = performance.now();
  delivery.start();
  await delivery.stop(300_000);
  const elapsed = performance.now() - start;
  await transport.reset();
  if (delivery.unacknowledged > 0) throw new Error(`${delivery.unacknowledged} messages unsent`);
  return (messages / elapsed) * 1000;
}
