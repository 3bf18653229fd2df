import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { Kafka, logLevel } from "kafkajs";
import { prices, specOf } from "../pipelines/testing/streams";
import { KafkaTransport } from "./kafka";
import { runProducer } from "./producer";
import { readSettings } from "./settings";
import { KafkaBroker, whyNoBroker } from "./testing/kafka-broker";
import { RecordingLog } from "./testing/recording-log";
import { until } from "./testing/until";

const skip = whyNoBroker();
let broker: KafkaBroker;

before(async () => {
  if (skip) return;
  broker = await KafkaBroker.create();
  await broker.start();
});
after(async () => {
  await broker?.remove();
});

const client = () => new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });

async function createTopic(topic: string, numPartitions: number): Promise<void> {
  const admin = client().admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true });
  await admin.disconnect();
}

/** All values of a topic, read from its beginning. */
async function readAll(topic: string, expected: number): Promise<string[]> {
  const values: string[] = [];
  const consumer = client().consumer({ groupId: `read-${topic}`, sessionTimeout: 10_000 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => void values.push(String(message.value)),
  });
  await until(`${expected} messages read`, () => values.length >= expected, 60_000);
  await consumer.disconnect();
  return values;
}

function settings(topic: string, args: readonly string[]) {
  const read = readSettings(
    ["--brokers", broker.address, "--topic", topic, ...args],
    {},
    specOf(prices),
  );
  assert.ok(read !== "help");
  return read;
}

test("a broker killed and started again mid-stream loses nothing and doubles nothing", {
  skip,
  timeout: 180_000,
}, async () => {
  await createTopic("outage", 3);
  const log = new RecordingLog();
  const stop = new AbortController();
  const given = settings("outage", ["--rate", "2000", "--timestamp-format", "epoch-milliseconds"]);
  const transport = new KafkaTransport(given.kafka, log);
  const running = runProducer(given, transport, log, stop.signal);
  const made = () => log.lines.filter((line) => line.startsWith("info Producing")).length;
  await until("messages before the outage", () => made() > 2_000, 30_000);
  await broker.kill();
  const atOutage = made();
  await until("messages during the outage", () => made() > atOutage + 4_000, 30_000);
  await broker.start();
  const back = () => log.lines.some((line) => line.includes("Kafka answers again"));
  await until("Kafka answers again", back, 60_000);
  const afterOutage = made();
  await until("messages after the outage", () => made() > afterOutage + 2_000, 30_000);
  stop.abort();
  const outcome = await running;
  assert.deepEqual(outcome, { acknowledged: made(), unacknowledged: 0, refused: 0 });

  const sent = log.lines.flatMap((line) => /Message = (.*)$/.exec(line)?.[1] ?? []);
  const received = await readAll("outage", sent.length);
  assert.deepEqual(received.sort(), sent.sort());
});

test("a topic that doesn't exist is waited for, not made by sending", {
  skip,
  timeout: 120_000,
}, async () => {
  const log = new RecordingLog();
  const given = settings("late", ["--count", "4"]);
  const transport = new KafkaTransport(given.kafka, log);
  const running = runProducer(given, transport, log, new AbortController().signal);
  const refused = () => log.lines.some((line) => line.startsWith("warn could not send"));
  await until("a refused send", refused, 30_000);
  await createTopic("late", 1);
  assert.equal((await running).acknowledged, 4);
  assert.equal((await readAll("late", 4)).length, 4);
});

test("brokers are reached through the socket factory that it is given", {
  skip,
  timeout: 120_000,
}, async () => {
  await createTopic("elsewhere", 1);
  const hosts: string[] = [];
  const given = settings("elsewhere", ["--count", "4"]);
  const kafka = {
    ...given.kafka,
    brokers: ["only.in.the.cluster:9092"],
    socketFactory: ({ host, onConnect }: { host: string; onConnect: () => void }) => {
      hosts.push(host);
      return connect({ host: "127.0.0.1", port: broker.port }, onConnect);
    },
  };
  const log = new RecordingLog();
  const transport = new KafkaTransport(kafka, log);
  const outcome = await runProducer(given, transport, log, new AbortController().signal);
  assert.equal(outcome.acknowledged, 4);
  assert.equal(hosts[0], "only.in.the.cluster");
});

test("errors that end a producer's identity are told from those that pass", () => {
  const transport = new KafkaTransport(
    { brokers: ["localhost:1"], topic: "demo", clientId: "test" },
    new RecordingLog(),
  );
  const fenced = Object.assign(new Error("fenced"), { type: "INVALID_PRODUCER_EPOCH" });
  assert.equal(transport.needsReset(fenced), true);
  assert.equal(transport.needsReset(new Error("gave up", { cause: fenced })), true);
  assert.equal(transport.needsReset(new Error("connect ECONNREFUSED")), false);
});
