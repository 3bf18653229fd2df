import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { after, before, test } from "node:test";
import type { Admin } from "kafkajs";
import { revive } from "../testing/revive";
import { shownTopic } from "./api";
import { type TopicInputs, type TopicOutputs, topicProvider } from "./topic";
import { fetchTopicId } from "./topic-id";

const inputs: TopicInputs = {
  connection: { brokers: ["127.0.0.1:1"] },
  topicName: "demo",
  partitions: 3,
  replicationFactor: 1,
  config: { "retention.ms": "1000" },
};
const outs: TopicOutputs = { ...inputs, topicId: "id" };
const provider = revive(topicProvider);

test("more partitions and another configuration update, another name replaces", async () => {
  const { diff } = await provider;
  const none = { changes: false, replaces: [], deleteBeforeReplace: false };
  assert.deepEqual(await diff("demo", outs, inputs), none);
  const update = { ...none, changes: true };
  assert.deepEqual(await diff("demo", outs, { ...inputs, partitions: 4 }), update);
  assert.deepEqual(await diff("demo", outs, { ...inputs, config: {} }), update);
  const renamed = { ...inputs, topicName: "other", partitions: 1 };
  assert.deepEqual(await diff("demo", outs, renamed), { ...update, replaces: ["topicName"] });
});

test("fewer partitions and another replication factor are refused with the reason", async () => {
  const { check, diff } = await provider;
  const fewer = { ...inputs, partitions: 2 };
  const { failures } = await check(inputs, fewer);
  assert.equal(failures?.[0]?.property, "partitions");
  assert.match(failures?.[0]?.reason ?? "", /has 3 partitions and can't go down to 2/);
  assert.equal((await diff("demo", outs, fewer)).changes, true, "a refresh can tell of them");
  const copies = await check(inputs, { ...inputs, replicationFactor: 3 });
  assert.match(copies.failures?.[0]?.reason ?? "", /replication factor 1 and can't change to 3/);
});

test("check names what is wrong, and passes over what is not known yet", async () => {
  const { check } = await provider;
  const wrong = { ...inputs, topicName: "a b", partitions: 0, config: { x: 1 as never } };
  const { failures } = await check({} as TopicInputs, wrong);
  assert.deepEqual(
    failures?.map((failure) => failure.property),
    ["topicName", "partitions", 'config["x"]'],
  );
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9" as never;
  const none = await check(inputs, { ...inputs, topicName: unknown, partitions: unknown });
  assert.deepEqual(none.failures, []);
});

test("the revived provider reaches for the broker, and says which did not answer", async () => {
  await assert.rejects(
    (await provider).read("demo", outs),
    /Kafka at 127\.0\.0\.1:1 is not reached from this machine: .*ECONNREFUSED/,
  );
});

let broker: Server;
let requests: Buffer[];
before(async () => {
  requests = [];
  broker = createServer((socket) => {
    socket.on("data", (request) => {
      requests.push(request);
      socket.write(metadataAnswer());
    });
  });
  await new Promise<void>((resolve) => broker.listen(0, "127.0.0.1", resolve));
});
after(() => broker.close());

/** What a broker answers to Metadata of version 12, of a topic without partitions. */
function metadataAnswer(): Buffer {
  const text = (value: string) => Buffer.from([value.length + 1, ...Buffer.from(value)]);
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const body = Buffer.concat([
    number(1),
    Buffer.from([0]),
    number(0),
    Buffer.from([2]),
    ...[number(1), text("kafka-0.kafka-headless"), number(9092), Buffer.from([0, 0])],
    text("cluster"),
    number(1),
    Buffer.from([2, 0, 0]),
    text("demo"),
    Buffer.from("c289a188c28c4d9aa10a4045e6d9d0a2", "hex"),
    // Not internal, no partitions, nothing told of what is allowed; no tags.
    ...[Buffer.from([0, 1]), number(0), Buffer.from([0, 0])],
  ]);
  return Buffer.concat([number(body.length), body]);
}

test("a topic's id is read from Kafka's metadata", async () => {
  const { port } = broker.address() as AddressInfo;
  const id = await fetchTopicId({ brokers: [`127.0.0.1:${port}`] }, "demo");
  assert.equal(id, "c289a188-c28c-4d9a-a10a-4045e6d9d0a2");
  const sent = Buffer.concat(requests);
  assert.deepEqual([sent.readInt32BE(0), sent.length - 4], [sent.length - 4, sent.length - 4]);
  assert.deepEqual([sent.readInt16BE(4), sent.readInt16BE(6)], [3, 12]);
});

test("a topic that a broker does not know yet is waited for", async () => {
  const { port } = broker.address() as AddressInfo;
  const answers = [[], ["other"], ["other", "demo"]];
  const topics = [{ name: "demo", partitions: [{ replicas: [0] }, { replicas: [0] }] }];
  const admin: Partial<Admin> = {
    listTopics: async () => answers.shift() ?? assert.fail("asked once too often"),
    fetchTopicMetadata: async () => ({ topics }) as never,
    describeConfigs: async () => ({ resources: [], throttleTime: 0 }),
  };
  const config = { brokers: [`127.0.0.1:${port}`] };
  const shown = await shownTopic(config, admin as Admin, "demo");
  assert.deepEqual([shown.partitions, shown.replicationFactor], [2, 1]);
  assert.deepEqual(answers, []);
});
