import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { FakeDruid } from "../testing/fake-druid";
import { revive } from "../testing/revive";
import type { SupervisorStatus } from "./api";
import { countInTurn, isHealthy, lostOffsets, oneLine, type TopicView, troubleOf } from "./health";
import { awaitRunning } from "./running";
import { skipLost } from "./skip-lost";
import { type SupervisorInputs, type SupervisorOutputs, supervisorProvider } from "./supervisor";

const provider = revive(supervisorProvider);
let druid: FakeDruid;
let url: string;
let inputs: SupervisorInputs;

beforeEach(async () => {
  druid = new FakeDruid();
  url = await druid.start();
  const spec = { dataSchema: { dataSource: "demo" }, ioConfig: { topic: "orders" } };
  inputs = {
    connection: { url },
    datasource: "demo",
    spec: { type: "kafka", spec },
    example: { at: 1 },
    dataOnDelete: "delete",
  };
});
afterEach(() => druid.stop());

const unavailable = {
  message:
    "org.apache.druid.java.util.common.ISE: Previous sequenceNumber [25] is no longer available for partition [KafkaTopicPartition{partition=0, topic='null', multiTopicPartition=false}]. You can clear the previous sequenceNumber",
};
const gone = {
  state: "UNHEALTHY_SUPERVISOR",
  detailedState: "UNABLE_TO_CONNECT_TO_STREAM",
  healthy: false,
  activeTasks: [],
  recentErrors: [unavailable],
};
const view = (earliest: number): TopicView => ({
  earliest: async () => new Map([[0, earliest]]),
  firstUnreadable: async (starts) => `at offset ${starts.get(0)} of partition 0: 00 00`,
});
const status = (fields: Partial<SupervisorStatus>): SupervisorStatus => ({
  state: "RUNNING",
  detailedState: "RUNNING",
  healthy: true,
  suspended: false,
  activeTasks: [],
  recentErrors: [],
  ...fields,
});

test("offsets are lost where the next one is before Kafka's first, told by tasks or by Druid's error", () => {
  const earliest = new Map([
    [0, 50],
    [1, 7],
  ]);
  const tasks = [
    { id: "a", startTime: "t", startingOffsets: { "0": 1, "1": 2 }, currentOffsets: null },
    { id: "b", startTime: "t", currentOffsets: { "0": 20, "1": 9 } },
  ];
  assert.deepEqual(lostOffsets(status({ activeTasks: tasks }), earliest), [
    { partition: 0, next: 20, earliest: 50 },
  ]);
  assert.deepEqual(lostOffsets(status(gone), earliest), [{ partition: 0, next: 25, earliest: 50 }]);
  // The error is from before the supervisor ran again.
  assert.deepEqual(lostOffsets(status({ recentErrors: [unavailable] }), earliest), []);
  assert.deepEqual(lostOffsets(status(gone), new Map([[0, 25]])), []);
});

test("failed tasks make a supervisor unhealthy until one has run for a minute", () => {
  const at = Date.parse("2026-01-01T00:02:00Z");
  const failing = (startTime: string) =>
    status({ state: "UNHEALTHY_TASKS", healthy: false, activeTasks: [{ id: "a", startTime }] });
  assert.equal(isHealthy(failing("2026-01-01T00:01:30Z"), at), false);
  assert.equal(isHealthy(failing("2026-01-01T00:00:30Z"), at), true);
  assert.equal(isHealthy(status(gone), at), false);
});

test("an error is told in one line, without Java's class names and stack trace", () => {
  assert.equal(
    oneLine(
      "java.lang.RuntimeException: java.io.CharConversionException: Invalid UTF-32\n\tat a.B.c(B.java:1)",
    ),
    "Invalid UTF-32",
  );
});

test("up fails at once where messages are lost, with their number and what to do", async () => {
  await (await provider).create(inputs);
  druid.status = gone;
  await assert.rejects(
    awaitRunning(url, "demo", { topic: view(50) }),
    /supervisor demo does not read: 25 messages are lost, .*partition 0: Druid's next offset is 25, Kafka's first 50\)\. `make reset-offsets` continues/,
  );
});

test("lost messages are skipped at Kafka's first offset, and nothing is reset where none are lost", async () => {
  await (await provider).create(inputs);
  assert.deepEqual(await skipLost(url, "demo", view(50)), []);
  assert.deepEqual(druid.resets, []);
  druid.status = gone;
  assert.deepEqual(await skipLost(url, "demo", view(50)), [
    { partition: 0, next: 25, earliest: 50 },
  ]);
  const partitions = { type: "end", stream: "orders", partitionOffsetMap: { "0": 50 } };
  assert.deepEqual(druid.resets, [{ type: "kafka", partitions }]);
});

test("tasks that fail again and again are told with the offset, the error and the message", async () => {
  await (await provider).create(inputs);
  druid.failure = "java.lang.RuntimeException: Invalid UTF-32 character\n\tat a.B.c";
  druid.status = {
    state: "UNHEALTHY_TASKS",
    detailedState: "UNHEALTHY_TASKS",
    healthy: false,
    activeTasks: [{ id: "new", startTime: new Date().toISOString(), startingOffsets: { "0": 17 } }],
  };
  const trouble = await troubleOf(url, "demo", view(0));
  assert.deepEqual(trouble, {
    text:
      "its tasks fail again and again, each begins at offset 17 of partition 0: Invalid UTF-32 character: " +
      "the first message that Druid can't read is at offset 17 of partition 0: 00 00",
    lasting: true,
  });
});

test("three failures in a row with the present spec are told, though Druid calls the supervisor healthy", async () => {
  await (await provider).create(inputs);
  const failure = (createdTime: string) => ({
    ...{ id: createdTime, type: "index_kafka", statusCode: "FAILED", createdTime },
    errorMsg: "java.lang.StackOverflowError",
  });
  druid.status = { ...druid.status, activeTasks: [] };
  const since = ["2026-01-01T12:00:09Z", "2026-01-01T12:00:06Z", "2026-01-01T12:00:03Z"].map(
    failure,
  );
  druid.ended = since.slice(0, 2);
  assert.equal(await troubleOf(url, "demo", view(0)), undefined);
  druid.ended = [...since.slice(0, 2), failure("2026-01-01T11:59:59Z")];
  assert.equal(await troubleOf(url, "demo", view(0)), undefined, "one is of the spec before");
  druid.ended = since;
  druid.failure = "java.lang.StackOverflowError";
  const trouble = await troubleOf(url, "demo", view(0));
  assert.match(trouble?.text ?? "", /^its tasks fail again and again.*StackOverflowError/);
  assert.equal(trouble?.lasting, true);
  const startTime = new Date(Date.now() - 61_000).toISOString();
  druid.status = { ...druid.status, activeTasks: [{ id: "survivor", startTime }] };
  assert.equal(await troubleOf(url, "demo", view(0)), undefined, "one has run for a minute");
});

test("tasks that failed with their pods, and are followed by one that reads, are no trouble", async () => {
  await (await provider).create(inputs);
  const ended = { type: "index_kafka", statusCode: "FAILED", duration: 9_000 };
  const second = (at: number) => new Date(Date.now() - 60_000 + at * 1_000).toISOString();
  druid.ended = [20, 10, 10].map((at) => ({ ...ended, id: `at ${at}`, createdTime: second(at) }));
  const startTime = new Date(Date.now() - 58_000).toISOString();
  druid.status = {
    ...{ state: "UNHEALTHY_TASKS", detailedState: "UNHEALTHY_TASKS", healthy: false },
    activeTasks: [{ id: "next", startTime }],
  };
  assert.equal(await troubleOf(url, "demo", view(0)), undefined);
});

test("copies of a task that fail side by side count as one", () => {
  const task = (createdTime: string) => ({
    ...{ id: "a", type: "index_kafka", statusCode: "FAILED", duration: 5_000 },
    createdTime: `2026-01-01T12:00:${createdTime}Z`,
  });
  assert.equal(countInTurn([task("11"), task("10"), task("03"), task("02")]), 2);
  assert.equal(countInTurn([task("20"), task("10"), task("00")]), 3);
  assert.equal(countInTurn([]), 0);
});

test("a refresh shows what is wrong as drift, and the next up fails with it or is done with it", async () => {
  const { create, read, diff, update } = await provider;
  const { outs } = await create(inputs);
  const well = druid.status;
  druid.status = { ...well, state: "UNHEALTHY_TASKS", healthy: false, activeTasks: [] };
  druid.failure = "of no use";
  const { props } = await read("demo", outs as SupervisorOutputs);
  assert.equal(props?.problem, "its tasks fail again and again: of no use");
  assert.equal((await diff("demo", props, inputs)).changes, true);
  await assert.rejects(update("demo", props, inputs), /does not read: its tasks fail again/);
  druid.status = well;
  druid.failure = undefined;
  druid.ended = [];
  const mended = (await update("demo", props, inputs)).outs as SupervisorOutputs;
  const again = await read("demo", mended);
  assert.equal(again.props?.problem, undefined);
  assert.equal((await diff("demo", again.props as SupervisorOutputs, inputs)).changes, false);
});
