import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { count, defineStream, dimension, measure, timestamp } from "../pipelines/declare";
import type { StackAccess } from "./stack-access";
import { streamState } from "./stream-state";
import { FakeStack } from "./testing/fake-stack";

const stream = defineStream({
  name: "demo",
  description: "For tests",
  event: {
    at: timestamp({ label: "Time" }),
    name: dimension.string({ label: "Name" }),
    price: measure.number({ label: "Price" }),
  },
  metrics: { rows: count({ label: "Rows" }) },
});
const fake = new FakeStack();
let stack: StackAccess;
before(async () => {
  stack = await fake.start();
});
after(() => fake.stop());
beforeEach(() => {
  fake.state.messages.length = 0;
  fake.state.suspended = false;
  fake.state.unhealthy = undefined;
});

const read = () =>
  streamState(
    stream,
    async () => stack.druid,
    async () => stack.kafka,
  );

test("a stream that reads has a rate, a lag, a freshness and counts of malformed messages", async () => {
  fake.state.messages.push(...Array.from({ length: 60 }, () => `{"at": ${Date.now()}}`), "no JSON");
  const state = await read();
  assert.deepEqual(state.problems, []);
  assert.equal(state.state, "RUNNING");
  assert.equal(state.eventsPerSecond?.toFixed(2), "1.02");
  assert.equal(state.lag, 0);
  assert.equal(state.totals?.unparseable, 1);
  assert.ok(state.freshnessMs !== undefined && state.freshnessMs < 60_000);
});

test("a suspended supervisor and an unhealthy one are problems, each with what to do or why", async () => {
  fake.state.suspended = true;
  assert.match((await read()).problems[0] ?? "", /is suspended: `make up` resumes it/);
  fake.state.suspended = false;
  fake.state.unhealthy = {
    state: "UNHEALTHY_SUPERVISOR",
    detailedState: "UNABLE_TO_CONNECT_TO_STREAM",
    error: "no broker",
  };
  assert.match((await read()).problems[0] ?? "", /UNABLE_TO_CONNECT_TO_STREAM: no broker/);
});

test("without Kafka, what Druid says is told, and without Druid, what Kafka says", async () => {
  const gone = async () => {
    throw new Error("no ready pod");
  };
  const withoutKafka = await streamState(stream, async () => stack.druid, gone);
  assert.deepEqual(withoutKafka.problems, ["Kafka: no ready pod"]);
  assert.equal(withoutKafka.lag, 0);
  const withoutDruid = await streamState(stream, gone, async () => stack.kafka);
  assert.deepEqual(withoutDruid.problems, ["Druid: no ready pod"]);
  assert.equal(withoutDruid.eventsPerSecond, 0);
});
