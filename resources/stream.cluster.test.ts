/**
 * Topic and supervisor against real services, each step in turn: what is changed or deleted behind Pulumi's back is seen
 * and put right, and no row is lost or doubled by it. Runs where STREAM_TEST names them, as JSON: `kafka` and `druid`
 * (connections as the resources take them), `login` of Druid, `bootstrapServers` (Kafka as Druid sees it); and where Druid logs in there,
 * `consumerProperties` and `druidUser`.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Admin, Kafka } from "kafkajs";
import { defineStream, measure, timestamp } from "../pipelines/declare";
import { exampleEvent } from "../pipelines/derive/example";
import { ingestionSpec } from "../pipelines/derive/ingestion";
import {
  type HttpConnection,
  type KafkaConnection,
  type OpenHttp,
  type OpenKafka,
  openHttp,
  openKafka,
} from "./connection";
import {
  type SupervisorInputs,
  type SupervisorOutputs,
  supervisorProvider,
} from "./druid/supervisor";
import { fetchAs, type Login } from "./http-login";
import { type AclInputs, aclProvider } from "./kafka/acl";
import { type TopicInputs, type TopicOutputs, topicProvider } from "./kafka/topic";
import { poll } from "./poll";
import { revive } from "./testing/revive";

const given = process.env.STREAM_TEST;
const options = given ? {} : { skip: "STREAM_TEST does not say where Kafka and Druid are" };
const services: {
  kafka: KafkaConnection;
  druid: HttpConnection;
  sql?: HttpConnection;
  login?: Login;
  bootstrapServers: string;
  consumerProperties?: Record<string, string>;
  druidUser?: string;
} = JSON.parse(given ?? "{}");

const name = `stream-test-${process.pid}`;
const stream = defineStream({
  name,
  event: { at: timestamp(), n: measure.integer() },
  metrics: {},
});
let topicInputs: TopicInputs;
let topic: TopicOutputs;
let inputs: SupervisorInputs;
let supervisor: SupervisorOutputs;
let druidService: OpenHttp;
let sqlService: OpenHttp;
let kafkaConnection: OpenKafka;
let kafka: Kafka;
let admin: Admin;
let sent = 0;

const topics = revive(topicProvider);
const acls = revive(aclProvider);
const access: AclInputs = {
  connection: services.kafka,
  username: services.druidUser ?? "",
  resource: { type: "topic", name },
  operations: ["READ"],
};
const supervisors = revive(supervisorProvider);

before(async () => {
  if (!given) return;
  const { Kafka: KafkaClient, logLevel } = await import("kafkajs");
  const { login } = services;
  druidService = await openHttp(services.druid, { login });
  sqlService = await openHttp(services.sql ?? services.druid, { login });
  kafkaConnection = await openKafka(services.kafka);
  kafka = new KafkaClient({ ...kafkaConnection.config, logLevel: logLevel.NOTHING });
  admin = kafka.admin();
  await admin.connect();
  if (services.druidUser) await (await acls).create(access);
  topicInputs = {
    connection: services.kafka,
    topicName: name,
    partitions: 1,
    replicationFactor: 1,
    config: { "retention.ms": "3600000" },
  };
});
after(async () => {
  if (!given) return;
  // Whatever a failed step left.
  await (await supervisors).delete(name, supervisor).catch(() => {});
  await (await topics).delete(name, topic).catch(() => {});
  if (services.druidUser) await (await acls).delete(name, access);
  await admin.disconnect();
  await Promise.all([druidService.close(), sqlService.close(), kafkaConnection.close()]);
});

async function druid(method: string, path: string, body?: object) {
  const response = await fetchAs(druidService.url + path, {
    method,
    headers: { "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  assert.ok(response.ok, `${method} ${path}: ${response.status}`);
  return JSON.parse(await response.text());
}

/** All rows and the different ones among them. */
async function rows(): Promise<[number, number]> {
  const query = `SELECT COUNT(*) AS a, COUNT(DISTINCT n) AS b FROM "${name}"`;
  const response = await fetchAs(`${sqlService.url}/druid/v2/sql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, context: { useApproximateCountDistinct: false } }),
  });
  const [row] = response.ok ? JSON.parse(await response.text()) : [];
  return [Number(row?.a ?? 0), Number(row?.b ?? 0)];
}

async function until(what: string, done: () => Promise<boolean>): Promise<void> {
  const failure = () => new Error(`${what} did not come about within 120 s`);
  await poll({ timeoutMs: 120_000, failure }, async () => (await done()) || undefined);
}

async function send(count: number, partition?: number): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  const messages = Array.from({ length: count }, () => ({
    partition,
    value: JSON.stringify({ at: Date.now(), n: sent++ }),
  }));
  await producer.send({ topic: name, messages });
  await producer.disconnect();
}

async function allRowsOnce(): Promise<void> {
  let last: [number, number] = [0, 0];
  await until(`the row ${sent}`, async () => {
    last = await rows();
    return last[0] >= sent;
  });
  assert.deepEqual(last, [sent, sent]);
}

async function taskIds(): Promise<string[]> {
  const tasks = await druid("GET", `/druid/indexer/v1/tasks?datasource=${name}&state=running`);
  return tasks.map((task: { id: string }) => task.id).sort();
}

test("a topic is made, and what was set on it by hand is seen and put right", options, async () => {
  const { create, read, diff, update } = await topics;
  topic = (await create(topicInputs)).outs as TopicOutputs;
  const resource = { type: 2, name, configEntries: [{ name: "retention.ms", value: "1000" }] };
  await admin.alterConfigs({ validateOnly: false, resources: [resource] });
  const drifted = (await read(name, topic)).props as TopicOutputs;
  assert.deepEqual(drifted, { ...topic, config: { "retention.ms": "1000" } });
  assert.equal((await diff(name, drifted, topicInputs)).changes, true);
  topic = (await update(name, drifted, topicInputs)).outs as TopicOutputs;
  const restored = await read(name, topic);
  assert.deepEqual(restored.props, topic);
  assert.equal((await diff(name, topic, topicInputs)).changes, false);
});

test("a supervisor is made and reads the topic from its start", options, async () => {
  await send(10);
  inputs = {
    connection: services.druid,
    ...services.login,
    datasource: name,
    spec: JSON.parse(JSON.stringify(ingestionSpec(stream, services))),
    example: exampleEvent(stream),
    topicId: topic.topicId,
    owner: "test/stream",
    dataOnDelete: "delete",
  };
  supervisor = (await (await supervisors).create(inputs)).outs as SupervisorOutputs;
  await allRowsOnce();
});

test(
  "an unchanged supervisor shows no change, and an update leaves its tasks alone",
  options,
  async () => {
    const { read, diff, update } = await supervisors;
    const before = await taskIds();
    const { props } = await read(name, supervisor);
    assert.equal((await diff(name, props as SupervisorOutputs, inputs)).changes, false);
    await update(name, supervisor, inputs);
    assert.deepEqual(await taskIds(), before);
  },
);

test("a refused spec leaves the running tasks alone", options, async () => {
  const before = await taskIds();
  const bad = structuredClone(inputs.spec) as { spec: { dataSchema: Record<string, object> } };
  bad.spec.dataSchema.granularitySpec = { type: "uniform", segmentGranularity: "FORTNIGHT" };
  const news = { ...inputs, spec: JSON.parse(JSON.stringify(bad)) };
  await assert.rejects((await supervisors).update(name, supervisor, news), /not sent.*FORTNIGHT/);
  assert.deepEqual(await taskIds(), before);
});

test(
  "a spec changed and suspended by hand is seen field by field and put right",
  options,
  async () => {
    const { read, update, diff } = await supervisors;
    const path = `/druid/indexer/v1/supervisor/${name}`;
    const { type, spec, context } = await druid("GET", path);
    spec.ioConfig.taskDuration = "PT30M";
    spec.tuningConfig.maxRowsInMemory = 1_000;
    await druid("POST", "/druid/indexer/v1/supervisor", { type, spec, context });
    await druid("POST", `${path}/suspend`);
    const drifted = (await read(name, supervisor)).props as SupervisorOutputs;
    const expected = JSON.parse(JSON.stringify(inputs.spec));
    expected.suspended = true;
    expected.spec.ioConfig.taskDuration = "PT1800S";
    expected.spec.tuningConfig.maxRowsInMemory = 1_000;
    assert.deepEqual(drifted.spec, expected);
    await send(5);
    supervisor = (await update(name, drifted, inputs)).outs as SupervisorOutputs;
    await allRowsOnce();
    const { props } = await read(name, supervisor);
    assert.equal((await diff(name, props as SupervisorOutputs, inputs)).changes, false);
  },
);

test(
  "a supervisor terminated by hand is seen as gone, and created again it continues where it was",
  options,
  async () => {
    await druid("POST", `/druid/indexer/v1/supervisor/${name}/terminate`);
    assert.equal((await (await supervisors).read(name, supervisor)).id, undefined);
    await send(5);
    supervisor = (await (await supervisors).create(inputs)).outs as SupervisorOutputs;
    await allRowsOnce();
  },
);

test("partitions that are added are read, and none can be taken away", options, async () => {
  const news = { ...topicInputs, partitions: 2 };
  topic = (await (await topics).update(name, topic, news)).outs as TopicOutputs;
  await assert.rejects(
    (await topics).create(topicInputs),
    /has 2 partitions and can't go down to 1/,
  );
  topicInputs = news;
  inputs = { ...inputs, topicPartitions: topic.partitions };
  supervisor = (await (await supervisors).update(name, supervisor, inputs))
    .outs as SupervisorOutputs;
  await send(4, 1);
  await allRowsOnce();
});

test(
  "a topic deleted by hand is seen as gone, and created again it is read from its start",
  options,
  async () => {
    await admin.deleteTopics({ topics: [name] });
    const { read, create } = await topics;
    await until("the topic's deletion", async () => (await read(name, topic)).id === undefined);
    const { topicId } = topic;
    topic = (await create(topicInputs)).outs as TopicOutputs;
    assert.notEqual(topic.topicId, topicId);
    await send(6);
    inputs = { ...inputs, topicId: topic.topicId };
    supervisor = (await (await supervisors).update(name, supervisor, inputs))
      .outs as SupervisorOutputs;
    await allRowsOnce();
  },
);

test(
  "delete takes supervisor, tasks, rows and topic away, and may be repeated",
  options,
  async () => {
    for (const _ of ["once", "again"]) {
      await (await supervisors).delete(name, supervisor);
      await (await topics).delete(name, topic);
    }
    assert.equal((await (await supervisors).read(name, supervisor)).id, undefined);
    assert.equal((await (await topics).read(name, topic)).id, undefined);
    assert.deepEqual(await taskIds(), []);
    await until("the rows' end", async () => (await rows())[0] === 0);
  },
);
