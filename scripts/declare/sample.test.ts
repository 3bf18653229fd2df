import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { KafkaBroker, whyNoBroker } from "../../producer/testing/kafka-broker";
import { inferShape } from "./infer";
import { decode } from "./messages";
import { sampleTopic } from "./sample";
import { shapes } from "./testing/shapes";

describe("the sample of a topic in Kafka", { skip: whyNoBroker() ?? false }, () => {
  let broker: KafkaBroker;
  const config = () => ({ brokers: [`127.0.0.1:${broker.port}`] });

  before(async () => {
    broker = await KafkaBroker.create();
    await broker.start();
    const { Kafka, logLevel } = await import("kafkajs");
    const kafka = new Kafka({ ...config(), logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await Promise.all([admin.connect(), producer.connect()]);
    const configEntries = [
      { name: "retention.ms", value: "-1" },
      { name: "cleanup.policy", value: "compact" },
    ];
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        { topic: "clicks", numPartitions: 2, replicationFactor: 1, configEntries },
        { topic: "empty", numPartitions: 1, replicationFactor: 1 },
      ],
    });
    const messages = (shapes.clicks ?? []).map((message) => ({ ...message }));
    await producer.send({ topic: "clicks", messages });
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  });
  after(() => broker?.remove());

  test("has its messages with keys and headers, and its settings", async () => {
    const { facts, messages } = await sampleTopic(config(), "clicks", 1_000);
    assert.deepEqual(facts, {
      name: "clicks",
      partitions: 2,
      replicationFactor: 1,
      retentionMs: -1,
      config: { "cleanup.policy": "compact" },
    });
    assert.deepEqual(
      messages.map(({ value }) => String(value)).sort(),
      (shapes.clicks ?? []).map(({ value }) => value).sort(),
    );
    const names = inferShape(decode(messages)).fields.map(({ name }) => name);
    assert.deepEqual(names.slice(-2).sort(), ["kafka_header_source", "kafka_key"]);
  });

  test("says which topics there are, and that a topic is empty", async () => {
    await assert.rejects(sampleTopic(config(), "no", 10), /no topic no; there are: clicks, empty/);
    await assert.rejects(sampleTopic(config(), "empty", 10), /topic empty .*has no messages/);
  });
});
