import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { FakeDruid } from "../testing/fake-druid";
import { revive } from "../testing/revive";
import { type DeclaredInputs, type GuardOutputs, guardProvider } from "./guard";

let druid: FakeDruid;
let inputs: DeclaredInputs;
const provider = revive(guardProvider);

beforeEach(async () => {
  druid = new FakeDruid();
  inputs = {
    kafka: { brokers: ["127.0.0.1:1"] },
    druid: { url: await druid.start() },
    owner: "project/stack",
    topics: ["demo"],
    datasources: ["demo", "orders"],
    dataOnDelete: "delete",
    deleteData: [],
  };
});
afterEach(() => druid.stop());

async function reasons(
  news: Partial<DeclaredInputs>,
  olds: Partial<DeclaredInputs> = {},
): Promise<string> {
  const { check } = await provider;
  const { failures = [] } = await check({ ...inputs, ...olds }, { ...inputs, ...news });
  return failures.map(({ reason }) => reason).join("\n");
}

const withoutOrders = { datasources: ["demo"] };

test("a datasource with rows that is no longer declared is refused, with their number and what permits it", async () => {
  druid.rows.set("orders", 1204);
  assert.match(
    await reasons(withoutOrders),
    /no stream declares datasource orders \(1,204 rows\) any more.*`pulumi config set deleteData datasource\/orders`/,
  );
  const other = { deleteData: ["topic/sold"] };
  assert.match(
    await reasons({ ...withoutOrders, ...other }),
    /deleteData topic\/sold,datasource\/orders`/,
  );
});

test("segments that no broker knows of are data too", async () => {
  druid.segments.set("orders", 1);
  assert.match(
    await reasons(withoutOrders),
    /datasource orders \(1 segment that can't be queried now\)/,
  );
});

test("without data, with permission, or with rows that stay, nothing is refused", async () => {
  assert.equal(await reasons(withoutOrders), "");
  druid.rows.set("orders", 1);
  assert.equal(await reasons({ ...withoutOrders, deleteData: ["datasource/orders"] }), "");
  assert.equal(await reasons(withoutOrders, { dataOnDelete: "keep" }), "");
});

test("a datasource that any stream still declares, and one that is new, are no loss", async () => {
  druid.rows.set("demo", 1).set("orders", 1);
  assert.equal(await reasons({ datasources: ["orders", "demo", "sold"] }), "");
  const { check } = await provider;
  assert.deepEqual((await check({} as DeclaredInputs, inputs)).failures, []);
});

test("a topic's messages are asked for, unless it may be deleted", async () => {
  assert.match(
    await reasons({ topics: [] }),
    /topic demo any more, and nobody says .*: Kafka at 127\.0\.0\.1:1 is not reached .*ECONNREFUSED.*deleteData topic\/demo`/,
  );
  assert.equal(await reasons({ topics: [], deleteData: ["topic/demo"] }), "");
});

test("another namespace takes all data with it, unless the volumes stay", async () => {
  druid.rows.set("demo", 3).set("orders", 4);
  const kubernetes = { namespace: "other", service: "kafka", port: 9092 };
  const moved = {
    kafka: { kubernetes },
    druid: { kubernetes: { ...kubernetes, service: "druid-router" } },
    topics: [],
  };
  assert.match(
    await reasons(moved, { topics: [] }),
    /datasource demo \(3 rows\), datasource orders \(4 rows\)/,
  );
  const deleteData = ["datasource/demo", "datasource/orders"];
  assert.equal(await reasons({ ...moved, deleteData }, { topics: [] }), "");
  assert.equal(await reasons(moved, { topics: [], dataOnDelete: "keep" }), "");
});

test("another Kafka takes the topics of the stack's own with it, and no rows", async () => {
  druid.rows.set("demo", 3);
  const kubernetes = { namespace: "none", service: "kafka", port: 9092 };
  const external = { kafka: { brokers: ["127.0.0.1:1"] }, topics: [], keptTopics: ["demo"] };
  const own = { kafka: { kubernetes } };
  assert.match(await reasons(external, own), /topic demo any more.*deleteData topic\/demo`/);
  assert.equal(await reasons({ ...external, deleteData: ["topic/demo"] }, own), "");
  assert.equal(await reasons(external, { ...own, dataOnDelete: "keep" }), "");
  assert.equal(await reasons(own, external), "", "what is left behind stays");
  assert.equal(await reasons(external), "", "a topic that is only read from now on stays");
});

test("a permission for what a stream declares is refused", async () => {
  assert.match(
    await reasons({ deleteData: ["datasource/demo", "datasource/sold"] }),
    /^datasource\/demo: a stream declares that/,
  );
});

test("a permission is no change, and is not recorded", async () => {
  const { check, create, diff } = await provider;
  const permitted = { ...inputs, deleteData: ["datasource/sold"] };
  const checked = (await check(inputs, permitted)).inputs as DeclaredInputs;
  assert.equal("deleteData" in checked, false);
  const { outs } = await create(checked);
  assert.equal((await diff("id", outs as GuardOutputs, checked)).changes, false);
  assert.equal((await diff("id", outs as GuardOutputs, { ...checked, topics: [] })).changes, true);
});

test("what is no longer declared stops reading before anything is made, and goes on if it is declared again", async () => {
  const { create, update } = await provider;
  const supervisor = (owner: string) => ({ context: { owner }, suspended: false });
  druid.supervisors.set("orders", supervisor(inputs.owner));
  druid.supervisors.set("theirs", supervisor("project/other"));
  const before = { ...inputs, datasources: ["demo", "orders", "theirs"] };
  const { outs } = await create(before);
  assert.deepEqual(druid.writes, []);
  const paused = (await update("id", outs as GuardOutputs, { ...inputs, ...withoutOrders })).outs;
  assert.deepEqual(druid.writes, ["POST /druid/indexer/v1/supervisor/orders/suspend"]);
  assert.deepEqual(paused?.paused, ["orders", "theirs"]);
  const again = (await update("id", paused as GuardOutputs, inputs)).outs;
  assert.equal(druid.supervisors.get("orders")?.suspended, false);
  assert.deepEqual(again?.paused, ["theirs"]);
});
