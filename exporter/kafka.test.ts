/** The metrics of a real Kafka that is closed to strangers, as a user that may only describe. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Kafka, logLevel } from "kafkajs";
import { Registry } from "prom-client";
import { everything } from "../components/kafka/account";
import { startClosedBroker } from "../components/kafka/testing";
import { type KafkaBroker, whyNoBroker } from "../producer/testing/kafka-broker";
import { type KafkaConnection, openKafka, withKafka } from "../resources/connection";
import { type AclInputs, aclProvider } from "../resources/kafka/acl";
import { withAdmin } from "../resources/kafka/api";
import { setPassword } from "../resources/kafka/scram";
import { revive } from "../resources/testing/revive";
import type { KeyPair } from "../resources/tls/x509";
import { KafkaMetrics } from "./kafka";

const skip = whyNoBroker();
const username = "exporter";
const password = "password-of-exporter";
let broker: KafkaBroker;
let authority: KeyPair;
let administration: KafkaConnection;

before(async () => {
  if (skip) return;
  ({ broker, authority, administration } = await startClosedBroker());
});
after(async () => {
  await broker?.remove();
});

/** Three messages, of which a group has taken one. */
async function fill(topic: string): Promise<void> {
  await withKafka(administration, async (config) => {
    await setPassword(config, username, password);
    await withAdmin(config, async (admin) => {
      await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 2 }] });
    });
    const kafka = new Kafka({ ...config, logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const messages = ["a", "b", "c"].map((value) => ({ value, partition: 0 }));
    await producer.send({ topic, messages });
    await producer.disconnect();
    await withAdmin(config, (admin) =>
      admin.setOffsets({ groupId: "readers", topic, partitions: [{ partition: 0, offset: "1" }] }),
    );
  });
  const { create } = await revive(aclProvider);
  for (const resource of everything.filter(({ type }) => type !== "transactionalId")) {
    const access: AclInputs = {
      connection: administration,
      username,
      resource,
      operations: ["DESCRIBE"],
    };
    await create(access);
  }
}

test("brokers, partitions, offsets, groups and disks are told to a user that may describe", {
  skip,
  timeout: 400_000,
}, async () => {
  await fill("orders");
  const registry = new Registry();
  const { config } = await openKafka({
    brokers: [`localhost:${broker.port}`],
    tls: { authority: authority.certificate },
    user: { username, password },
  });
  const metrics = new KafkaMetrics(registry, config);
  await metrics.readTopics();
  const offsets = new Map<string, unknown>();
  await metrics.readOffsets(["orders"], (topic, found) => offsets.set(topic, found));
  await metrics.readGroups();
  await metrics.readLogDirs();

  assert.deepEqual(offsets.get("orders"), [
    { partition: 0, low: 0, high: 3 },
    { partition: 1, low: 0, high: 0 },
  ]);
  const lines = (await registry.metrics()).split("\n");
  const has = (line: string) => assert.ok(lines.includes(line), `${line}\n${lines.join("\n")}`);
  has("kafka_brokers 1");
  for (const partition of [0, 1]) {
    const labels = `{topic="orders",partition="${partition}"}`;
    has(`kafka_topic_partition_leader${labels} 1`);
    has(`kafka_topic_partition_replicas${labels} 1`);
    has(`kafka_topic_partition_in_sync_replica${labels} 1`);
    has(`kafka_topic_partition_under_replicated_partition${labels} 0`);
  }
  has('kafka_consumergroup_lag{consumergroup="readers",topic="orders",partition="0"} 2');
  const number = (name: string) =>
    Number(
      lines
        .find((line) => line.startsWith(`${name}{`))
        ?.split(" ")
        .at(-1),
    );
  assert.ok(number("kafka_log_dir_size_bytes") > 0);
  assert.ok(number("kafka_log_dir_usable_bytes") > 2 ** 20);
  assert.ok(number("kafka_log_dir_total_bytes") > number("kafka_log_dir_usable_bytes"));
  assert.doesNotMatch(lines.join("\n"), new RegExp(password));
});

test("a wrong password is told with the user's name, and without the password", {
  skip,
}, async () => {
  const { config } = await openKafka({
    brokers: [`localhost:${broker.port}`],
    tls: { authority: authority.certificate },
    user: { username, password: "another" },
  });
  const metrics = new KafkaMetrics(new Registry(), config);
  await assert.rejects(metrics.readOffsets([], assert.fail), (error: Error) => {
    assert.match(
      error.message,
      /^Kafka at localhost:\d+ refuses user exporter by SASL scram-sha-512: /,
    );
    assert.doesNotMatch(error.message, /another/);
    return true;
  });
});
