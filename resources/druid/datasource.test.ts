import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { JsonObject } from "../json";
import { FakeDruid } from "../testing/fake-druid";
import { revive } from "../testing/revive";
import { type SupervisorInputs, type SupervisorOutputs, supervisorProvider } from "./supervisor";

const rules: readonly JsonObject[] = [
  { type: "loadByPeriod", period: "P30D" },
  { type: "dropForever" },
];
const compaction = { skipOffsetFromLatest: "PT1H" };
const rulesPost = "POST /druid/coordinator/v1/rules/demo";
const compactionPost = "POST /druid/coordinator/v1/config/compaction";

let druid: FakeDruid;
let plain: SupervisorInputs;
let inputs: SupervisorInputs;

beforeEach(async () => {
  druid = new FakeDruid();
  plain = {
    connection: { url: await druid.start() },
    datasource: "demo",
    spec: {
      type: "kafka",
      spec: { dataSchema: { dataSource: "demo" }, ioConfig: { topic: "demo" } },
    },
    example: { at: 1 },
    dataOnDelete: "delete",
  };
  inputs = { ...plain, rules, compaction };
});
afterEach(() => druid.stop());

const provider = revive(supervisorProvider);
/** A state file has no undefined. */
const recorded = <T>(value: T): T => JSON.parse(JSON.stringify(value));

async function created(of = inputs): Promise<SupervisorOutputs> {
  const { outs } = await (await provider).create(of);
  assert.ok(outs);
  return recorded(outs);
}

async function updated(
  olds: SupervisorOutputs,
  news: SupervisorInputs,
): Promise<SupervisorOutputs> {
  const { outs } = await (await provider).update("demo", olds, news);
  assert.ok(outs);
  return recorded(outs);
}

async function refreshed(state: SupervisorOutputs): Promise<SupervisorOutputs> {
  const { props } = await (await provider).read("demo", state);
  assert.ok(props);
  return recorded(props);
}

async function changes(olds: SupervisorOutputs, news = inputs): Promise<boolean> {
  return (await (await provider).diff("demo", olds, news)).changes === true;
}

test("rules and compaction are sent with the supervisor, and show no change afterwards", async () => {
  const outs = await created();
  assert.deepEqual(
    druid.rules.get("demo")?.map((rule) => Reflect.get(rule, "type")),
    ["loadByPeriod", "dropForever"],
  );
  assert.deepEqual(druid.compaction.get("demo"), {
    dataSource: "demo",
    taskPriority: 25,
    maxRowsPerSegment: null,
    skipOffsetFromLatest: "PT1H",
  });
  const state = await refreshed(outs);
  assert.deepEqual(state.rules, rules);
  assert.deepEqual(state.compaction, compaction);
  assert.equal(await changes(state), false);
});

test("a datasource without either is sent neither, and one that has either is updated", async () => {
  const state = await refreshed(await created(plain));
  assert.equal(await changes(state, plain), false);
  assert.deepEqual(druid.writes, ["POST /druid/indexer/v1/supervisor"]);

  druid.rules.set("demo", [{ type: "dropForever" }]);
  druid.compaction.set("demo", { dataSource: "demo", taskPriority: 25 });
  const drifted = await refreshed(state);
  assert.deepEqual(drifted.rules, [{ type: "dropForever" }]);
  assert.deepEqual(drifted.compaction, { taskPriority: 25 });
  assert.equal(await changes(drifted, plain), true);

  const restored = await refreshed(await updated(drifted, plain));
  assert.deepEqual(druid.rules.get("demo"), []);
  assert.equal(druid.compaction.has("demo"), false);
  assert.equal(await changes(restored, plain), false);
});

test("read shows exactly the fields that drifted, those left to Druid's defaults too, and update restores them", async () => {
  const outs = await created();
  const [load = {}, drop = {}] = druid.rules.get("demo") ?? [];
  druid.rules.set("demo", [{ ...load, period: "P7D" }, drop]);
  druid.compaction.set("demo", { ...druid.compaction.get("demo"), taskPriority: 30 });
  const drifted = await refreshed(outs);
  assert.deepEqual(drifted.rules, [
    { type: "loadByPeriod", period: "P7D" },
    { type: "dropForever" },
  ]);
  assert.deepEqual(drifted.compaction, { skipOffsetFromLatest: "PT1H", taskPriority: 30 });
  assert.equal(await changes(drifted), true);

  const state = await refreshed(await updated(drifted, inputs));
  assert.equal(Reflect.get(druid.rules.get("demo")?.[0] ?? {}, "period"), "P30D");
  assert.equal(Reflect.get(druid.compaction.get("demo") ?? {}, "taskPriority"), 25);
  assert.equal(await changes(state), false);
});

test("read shows what was deleted out of band", async () => {
  const outs = await created();
  druid.rules.delete("demo");
  druid.compaction.delete("demo");
  const drifted = await refreshed(outs);
  assert.deepEqual(drifted.rules, []);
  assert.equal(drifted.compaction, undefined);
  assert.equal(await changes(drifted), true);
});

test("an update of one sends that one alone", async () => {
  const outs = await created();
  druid.writes.length = 0;
  await updated(outs, { ...inputs, compaction: { skipOffsetFromLatest: "PT2H" } });
  assert.deepEqual(
    druid.writes.filter((write) => write.includes("coordinator")),
    [compactionPost],
  );
});

test("an update of the spec alone sends neither", async () => {
  const outs = await created();
  druid.writes.length = 0;
  await updated(outs, { ...inputs, topicPartitions: 2 });
  assert.deepEqual(druid.writes, ["POST /druid/indexer/v1/supervisor"]);
});

test("delete removes both, and with the rows kept neither", async () => {
  const outs = await created();
  assert.ok(druid.writes.includes(rulesPost) && druid.writes.includes(compactionPost));
  await (await provider).delete("demo", { ...outs, dataOnDelete: "keep" });
  assert.equal(druid.rules.get("demo")?.length, 2);
  assert.equal(druid.compaction.has("demo"), true);

  await (await provider).delete("demo", outs);
  assert.deepEqual(druid.rules.get("demo"), []);
  assert.equal(druid.compaction.has("demo"), false);
});

test("a state of before rules and compaction were declarable shows none as no change", async () => {
  const { applied, ...rest } = await created(plain);
  const { settings: _, ...before } = applied;
  assert.equal(await changes(await refreshed({ ...rest, applied: before }), plain), false);
});
