import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { FakeDruid } from "../testing/fake-druid";
import { revive } from "../testing/revive";
import { awaitRunning } from "./running";
import { type SupervisorInputs, type SupervisorOutputs, supervisorProvider } from "./supervisor";

let druid: FakeDruid;
let inputs: SupervisorInputs;
const posts = () => druid.writes.filter((write) => write === "POST /druid/indexer/v1/supervisor");

beforeEach(async () => {
  druid = new FakeDruid();
  inputs = {
    connection: { url: await druid.start() },
    datasource: "demo",
    spec: spec("demo"),
    example: { at: 1 },
    topicId: "topic-1",
    owner: "project/stack",
    dataOnDelete: "delete",
  };
});
afterEach(() => druid.stop());

function spec(dataSource: string, taskCount = 1): SupervisorInputs["spec"] {
  return {
    type: "kafka",
    spec: {
      dataSchema: { dataSource, dimensionsSpec: { dimensions: [{ type: "long", name: "a" }] } },
      ioConfig: { topic: "demo", inputFormat: { type: "json" }, taskCount },
    },
  };
}

const provider = revive(supervisorProvider);
async function created(): Promise<SupervisorOutputs> {
  const { outs } = await (await provider).create(inputs);
  assert.ok(outs);
  return outs;
}
async function changes(olds: SupervisorOutputs | undefined, news = inputs): Promise<boolean> {
  assert.ok(olds);
  return (await (await provider).diff("demo", olds, news)).changes === true;
}

test("create tags the spec with owner and topic, and shows no change afterwards", async () => {
  const outs = await created();
  assert.deepEqual(druid.supervisors.get("demo")?.context, {
    owner: "project/stack",
    topicId: "topic-1",
  });
  const { props } = await (await provider).read("demo", outs);
  assert.equal(await changes(props), false);
  assert.deepEqual(druid.writes, ["POST /druid/indexer/v1/supervisor"]);
});

test("read shows exactly the fields that drifted, those left to Druid's defaults too", async () => {
  const outs = await created();
  const live = druid.supervisors.get("demo");
  assert.ok(live);
  druid.supervisors.set("demo", {
    ...live,
    suspended: true,
    spec: {
      ...(live.spec as object),
      ioConfig: {
        ...(live.spec as { ioConfig: object }).ioConfig,
        taskCount: 2,
        pollTimeout: 5,
      },
    },
  });
  const { props } = await (await provider).read("demo", outs);
  assert.deepEqual(props?.spec, {
    type: "kafka",
    suspended: true,
    spec: {
      dataSchema: {
        dataSource: "demo",
        dimensionsSpec: { dimensions: [{ type: "long", name: "a" }] },
      },
      ioConfig: {
        topic: "demo",
        inputFormat: { type: "json" },
        taskCount: 2,
        pollTimeout: 5,
      },
    },
  });
  assert.equal(await changes(props), true);
  const restored = await (await provider).update("demo", props, inputs);
  const again = await (await provider).read("demo", restored.outs);
  assert.equal(await changes(again.props), false);
});

test("read of a terminated supervisor says that it is gone", async () => {
  const outs = await created();
  druid.supervisors.delete("demo");
  assert.deepEqual(await (await provider).read("demo", outs), { id: undefined });
});

test("a running supervisor of the same name is adopted, one of another owner refused", async () => {
  await created();
  await created();
  assert.equal(posts().length, 2);
  const foreign = { ...inputs, owner: "other/stack" };
  await assert.rejects(
    (await provider).create(foreign),
    /supervisor demo belongs to project\/stack/,
  );
  await (await provider).create({ ...foreign, adopt: true });
  assert.equal(druid.supervisors.get("demo")?.context?.owner, "other/stack");
});

test("a spec that Druid can't read is refused in its words before anything is sent", async () => {
  const outs = await created();
  druid.invalid = "No enum constant GranularityType.FORTNIGHT";
  const news = { ...inputs, spec: spec("demo", 3) };
  await assert.rejects((await provider).update("demo", outs, news), /was not sent.*FORTNIGHT/);
  druid.invalid = undefined;
  druid.unparseable = "Timestamp[null] is unparseable!";
  await assert.rejects(
    (await provider).update("demo", outs, news),
    /can read nothing.*unparseable!/,
  );
  assert.equal(posts().length, 1);
});

test("an unchanged spec is not tried again when only the provider's code changed", async () => {
  const outs = await created();
  druid.invalid = "the sampler is not asked";
  await (await provider).update("demo", outs, { ...inputs, __provider: "new code" });
  assert.equal(
    await changes({ ...outs, __provider: "old" }, { ...inputs, __provider: "new" }),
    true,
  );
});

test("a topic that was created again resets the offsets, the same one never", async () => {
  const outs = await created();
  await (await provider).update("demo", outs, { ...inputs, spec: spec("demo", 2) });
  assert.equal(
    druid.writes.some((write) => write.endsWith("/reset")),
    false,
  );
  await (await provider).update("demo", outs, { ...inputs, topicId: "topic-2" });
  assert.deepEqual(druid.writes.slice(-4), [
    "POST /druid/indexer/v1/supervisor",
    "POST /druid/indexer/v1/supervisor/demo/reset",
    "POST /druid/indexer/v1/supervisor/demo/terminate",
    "POST /druid/indexer/v1/supervisor",
  ]);
  assert.equal(druid.supervisors.get("demo")?.suspended, false);
});

test("partitions that are added change the spec that is sent, so that Druid replaces the tasks", async () => {
  const outs = await created();
  const more = { ...inputs, topicPartitions: 2 };
  assert.equal(await changes(outs, more), true);
  await (await provider).update("demo", outs, more);
  assert.equal(druid.supervisors.get("demo")?.context?.topicPartitions, 2);
});

test("a terminated supervisor that is created again continues at its offsets while the topic is the same", async () => {
  await created();
  druid.supervisors.clear();
  await created();
  assert.equal(
    druid.writes.some((write) => write.endsWith("/reset")),
    false,
  );
  druid.supervisors.clear();
  await (await provider).create({ ...inputs, topicId: "topic-2" });
  assert.equal(druid.writes.filter((write) => write.endsWith("/reset")).length, 1);
});

test("another datasource replaces, another task count updates", async () => {
  const outs = await created();
  const renamed = { ...inputs, datasource: "prices", spec: spec("prices") };
  assert.deepEqual((await (await provider).diff("demo", outs, renamed)).replaces, ["datasource"]);
  const grown = { ...inputs, spec: spec("demo", 2) };
  assert.deepEqual((await (await provider).diff("demo", outs, grown)).replaces, []);
});

test("delete ends supervisor and tasks before the rows, and is idempotent", async () => {
  const outs = await created();
  druid.writes.length = 0;
  druid.tasks.add("index_kafka_demo_1");
  await (await provider).delete("demo", outs);
  const order = [
    "POST /druid/indexer/v1/supervisor/demo/reset",
    "POST /druid/indexer/v1/supervisor/demo/terminate",
    "POST /druid/indexer/v1/task/index_kafka_demo_1/shutdown",
    "DELETE /druid/coordinator/v1/datasources/demo",
    "POST /druid/indexer/v1/task",
  ];
  assert.deepEqual(druid.writes, order);
  await (await provider).delete("demo", outs);
  assert.equal(druid.supervisors.size, 0);
});

test("delete with the data kept only terminates", async () => {
  const outs = await created();
  druid.writes.length = 0;
  await (await provider).delete("demo", { ...outs, dataOnDelete: "keep" });
  assert.deepEqual(druid.writes, ["POST /druid/indexer/v1/supervisor/demo/terminate"]);
});

test("check names what is wrong, and passes over what is not known yet", async () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const none = await (await provider).check(inputs, { ...inputs, spec: unknown as never });
  assert.deepEqual(none.failures, []);
  const wrong = await (await provider).check(inputs, { ...inputs, spec: { type: "kinesis" } });
  assert.deepEqual(wrong.failures, [
    { property: "spec.type", reason: 'must be "kafka", is "kinesis"' },
    { property: "spec.spec.dataSchema", reason: "is missing" },
    { property: "spec.spec.ioConfig", reason: "is missing" },
    { property: "datasource", reason: "is demo, but the spec's dataSource is undefined" },
  ]);
});

test("a supervisor that does not come up is reported with its state and Druid's errors", async () => {
  await created();
  druid.status = { state: "PENDING", detailedState: "CONNECTING_TO_STREAM", healthy: false };
  const url = "url" in inputs.connection ? inputs.connection.url : "";
  await assert.rejects(
    awaitRunning(url, "demo", { timeoutMs: 300 }),
    /supervisor demo does not run: state PENDING, CONNECTING_TO_STREAM, 1 tasks. recent errors: no such host: kafka \(waited 0.3 s\)/,
  );
});

test("a task that reaches Kafka in another way than the spec is ended, and no other", async () => {
  await created();
  const kafka = (servers: string) => ({ "bootstrap.servers": servers });
  druid.consumerProperties.set("old", kafka("kafka:9092")).set("new", kafka("other:9092"));
  const activeTasks = ["old", "new"].map((id) => ({ id, startTime: "2026-11-22T00:00:00Z" }));
  druid.status = { ...druid.status, activeTasks };
  druid.writes.length = 0;
  const url = "url" in inputs.connection ? inputs.connection.url : "";
  const spec = { spec: { ioConfig: { consumerProperties: kafka("other:9092") } } };
  await awaitRunning(url, "demo", { spec });
  assert.deepEqual(druid.writes, ["POST /druid/indexer/v1/task/old/shutdown"]);
});

test("a supervisor that another resource of the program declares stays when its old resource goes", async () => {
  const { check, delete: remove } = await provider;
  const outs = await created();
  const other = { ...inputs, owner: "project/stack", datasource: "demo" };
  await check({} as SupervisorInputs, other);
  await remove("demo", outs);
  assert.ok(druid.supervisors.has("demo"));
  await remove("sold", { ...outs, datasource: "sold" });
  assert.ok(druid.writes.some((write) => write.includes("/supervisor/sold/terminate")));
});

test("a supervisor that another owner has taken over stays, with its rows", async () => {
  const outs = await created();
  const live = druid.supervisors.get("demo");
  druid.supervisors.set("demo", { ...live, context: { owner: "project/other" } });
  druid.writes.length = 0;
  await (await provider).delete("demo", outs);
  assert.deepEqual(druid.writes, []);
});

test("a refused login is the problem that a refresh shows, and another password is a change", async () => {
  druid.password = "of-the-stack";
  const login = { username: "admin", password: "of-the-stack" };
  inputs = { ...inputs, ...login };
  const { read, diff, update } = await provider;
  const outs = await created();
  druid.password = "by hand";
  const { props } = await read("demo", outs);
  assert.match(props?.problem ?? "", /^Druid refused GET .* with 401: user "admin" /);
  assert.doesNotMatch(props?.problem ?? "", /of-the-stack|by hand/);
  assert.equal(await changes(props), true);
  assert.equal((await diff("demo", outs, { ...inputs, password: "by hand" })).changes, true);
  await assert.rejects(update("demo", outs, inputs), /401: user "admin"/);
  await update("demo", outs, { ...inputs, password: "by hand" });
});

test("a supervisor of a state without a login is updated once Druid asks for one", async () => {
  const outs = await created();
  druid.password = "new";
  const news = { ...inputs, username: "admin", password: "new" };
  assert.equal(await changes(outs, news), true);
  await (await provider).update("demo", outs, news);
});
