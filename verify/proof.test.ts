import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { Stream } from "../pipelines/declare/stream";
import { prices } from "../pipelines/testing/streams";
import { BrokenLink, type Link } from "./link";
import type { StackOutputs } from "./outputs";
import { awaitFirstRows, type Proof, proveStream } from "./proof";
import { describeBreak, describeProof } from "./report";
import type { StackAccess } from "./stack-access";
import { FakeStack } from "./testing/fake-stack";

const stream = {
  ...prices,
  name: "demo",
  topic: { name: "demo", partitions: 1 },
  ingestion: { datasource: "demo" },
} as unknown as Stream;
const service = { service: "any", port: 1 };
const outputs: StackOutputs = {
  context: undefined,
  namespace: "analytics",
  services: {
    kafka: { ...service, tls: false },
    druid: service,
    coordinator: service,
    superset: service,
  },
  urls: {},
  druidUsername: "",
  druidPassword: "",
  kafkaUsername: "administrator",
  kafkaPassword: "secret",
  certificateAuthority: "",
  supersetUsername: "admin",
  supersetPassword: "secret",
  supersetRegistrarUsername: "",
  supersetRegistrarPassword: "",
  airflowUsername: "",
  airflowPassword: "",
  pipelines: {
    demo: {
      topic: "demo",
      datasource: "demo",
      dashboard: "demo",
      charts: { percent: 1, total: 2 },
    },
  },
  producerMode: "standalone",
  dashboards: {},
};

let fake: FakeStack;
let stack: StackAccess;
beforeEach(async () => {
  fake = new FakeStack();
  stack = await fake.start();
  // The stack's producer sends a message whenever the end offset is read, except the last times.
  let looks = 0;
  fake.state.onEndOffset = () => {
    looks += 1;
    if (looks < 3) fake.state.messages.push('{"name":"BTC","timestamp":1,"data_id":""}');
  };
});
afterEach(() => fake.stop());

const prove = (timeoutMs = 300): Promise<Proof> =>
  proveStream(stack, outputs, stream, { events: 5, timeoutMs, progress: () => {} });

async function breaks(link: Link, message: RegExp): Promise<void> {
  await assert.rejects(prove(), (error: unknown) => {
    assert.ok(error instanceof BrokenLink, String(error));
    assert.equal(error.link, link);
    assert.match(error.message, message);
    return true;
  });
}

test("a stack that works: marked events found once, charts with data, both ends counted", async () => {
  fake.state.messages.push("{ no json", '{"name":"ETH","timestamp":1}', null);
  const proof = await prove();
  assert.equal(proof.events, 7);
  assert.equal(proof.queryable.count, 5);
  assert.equal(proof.chartLatency?.count, 2);
  assert.deepEqual(proof.charts, [
    { title: "Chart 1", rows: 1 },
    { title: "Chart 2", rows: 1 },
  ]);
  assert.deepEqual(proof.counts, { messages: 12, rows: 10, settled: true });
  const { malformed, wrongFields, ...audit } = proof.audit;
  const example = 'offset 3: "{\\"name\\":\\"BTC\\",\\"timestamp\\":1,\\"data_id\\":\\"\\"}"';
  assert.deepEqual(Object.fromEntries(malformed), {
    "no valid JSON": { count: 1, example: 'offset 0: "{ no json"' },
  });
  assert.deepEqual(Object.fromEntries(wrongFields), {
    "data_id: an empty text is no long": { count: 2, example },
  });
  assert.deepEqual(audit, {
    deleted: 0,
    offsets: 12,
    empty: 0,
    tombstones: 1,
    rows: 10,
    selects: false,
    unread: 0,
    nulls: { data_id: 10 },
    tasks: {
      processed: 10,
      processedWithError: 0,
      unparseable: 1,
      thrownAway: 1,
      since: "2026-11-22T00:00:00Z",
    },
    lag: 0,
  });
  const said = describeProof(proof);
  assert.match(said, /7 of 7 found, each exactly once/);
  assert.match(said, /all offsets +12: 10 rows, 1 malformed, 1 tombstone$/m);
  assert.match(said, /malformed +1 × no valid JSON; such as offset 0: "\{ no json"/);
  assert.match(said, /null instead +2 × data_id: an empty text is no long; such as offset 3/);
  assert.match(said, /nulls +10 rows without a value in data_id/);
});

test("a stack without a producer is proved without waiting for one", async () => {
  fake.state.onEndOffset = () => {};
  const quiet = { ...outputs, producerMode: "none" };
  const options = { events: 1, timeoutMs: 300, progress: () => {} };
  const proof = await proveStream(stack, quiet, stream, options);
  assert.equal(proof.producedAfterMs, undefined);
  assert.equal(proof.events, 3);
});

test("the report of a break names the links before it, it, and those behind it", () => {
  const broken = new BrokenLink("Kafka → Druid", "waited 60 s for marked event 1.\nSUSPENDED");
  assert.deepEqual(describeBreak("demo", broken).split("\n"), [
    "Stream demo: the link Kafka → Druid is broken.",
    "  producer → Kafka    ok",
    "  Kafka → Druid       BROKEN",
    "  Druid → Superset    not reached",
    "  Superset → chart    not reached",
    "",
    "  waited 60 s for marked event 1.",
    "  SUSPENDED",
  ]);
});

test("events that never become rows break Kafka → Druid, with the supervisor's state", async () => {
  fake.state.rowsOf = () => 0;
  fake.state.suspended = true;
  await breaks(
    "Kafka → Druid",
    /supervisor demo does not read: .*SUSPENDED, 0 tasks\. Somebody suspended it/,
  );
});

test("events that Kafka deleted before Druid read them break Kafka → Druid, with their number and what to do", async () => {
  fake.state.messages.push(...Array<string>(60).fill('{"name":"BTC"}'));
  fake.state.low = 50;
  fake.state.unhealthy = {
    state: "UNHEALTHY_SUPERVISOR",
    detailedState: "UNABLE_TO_CONNECT_TO_STREAM",
    error:
      "org.apache.druid.java.util.common.ISE: Previous sequenceNumber [25] is no longer available for partition [KafkaTopicPartition{partition=0, topic='null', multiTopicPartition=false}].",
  };
  await breaks(
    "Kafka → Druid",
    /25 messages are lost, .*\(partition 0: Druid's next offset is 25, Kafka's first 50\)\. `make reset-offsets`/,
  );
  await assert.rejects(awaitFirstRows(stack, outputs, stream, 60_000), /25 messages are lost/);
});

test("a supervisor that can't reach Kafka breaks Kafka → Druid once the time is over, with its error in one line", async () => {
  fake.state.unhealthy = {
    state: "UNHEALTHY_SUPERVISOR",
    detailedState: "LOST_CONTACT_WITH_STREAM",
    error:
      "org.apache.kafka.common.errors.TimeoutException: no broker answers\n\tat org.Some.class",
  };
  await breaks("Kafka → Druid", /LOST_CONTACT_WITH_STREAM: no broker answers\n/);
});

test("an event that becomes two rows breaks Kafka → Druid", async () => {
  fake.state.rowsOf = (message) => (message.includes('-3"') ? 2 : 1);
  await breaks("Kafka → Druid", /1 are there more than once: verify-\w+-\w+-3/);
});

test("a query that Superset can't run breaks Druid → Superset, with Superset's words", async () => {
  fake.state.chartError = "druid error: connection refused";
  await breaks("Druid → Superset", /connection refused/);
});

test("a chart that shows marked events breaks Superset → chart", async () => {
  fake.state.chartsFilter = false;
  await breaks("Superset → chart", /chart "Chart 1" shows marked events/);
});

test("a chart that is empty although the producer sends breaks Superset → chart", async () => {
  fake.state.rowsOf = (message) => (message.includes("probe_id") ? 1 : 0);
  await breaks("Superset → chart", /chart "Chart 1" has no data/);
});

test("the first rows are waited for, and counted without marked events", async () => {
  let asked = 0;
  fake.state.rowsOf = () => {
    asked += 1;
    return asked > 2 ? 1 : 0;
  };
  fake.state.messages.push('{"name":"BTC"}', '{"name":"BTC","probe_id":"verify-x"}');
  const first = await awaitFirstRows(stack, outputs, stream, 2_000);
  assert.deepEqual(first, { rows: 1, chart: { title: "Chart 2", rows: 1 } });
});

test("a stream that the stack sends nothing to is not waited for", async () => {
  const quiet = { ...outputs, producerMode: "none" };
  assert.equal((await awaitFirstRows(stack, quiet, stream, 60_000)).rows, 0);
});
