/**
 * The providers against a real Superset, which is told by SUPERSET_TEST_URL, SUPERSET_TEST_PASSWORD (of the user admin)
 * and SUPERSET_TEST_DRUID, the URI under which it reaches a Druid. What the tests make has names and UUIDs of its own.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { dynamic } from "@pulumi/pulumi";
import { isSame } from "../drift";
import { objectsOf } from "../json";
import { revive } from "../testing/revive";
import {
  deleteObject,
  getObject,
  type ObjectPath,
  openSession,
  request,
  type Session,
} from "./api";
import { chartProvider } from "./chart";
import { dashboardProvider } from "./dashboard";
import { databaseProvider } from "./database";
import { datasetProvider } from "./dataset";
import { objectUuid } from "./uuid";

const { SUPERSET_TEST_URL: url, SUPERSET_TEST_PASSWORD: password = "" } = process.env;
const { SUPERSET_TEST_DRUID: druid = "" } = process.env;
const skip = url === undefined ? "SUPERSET_TEST_URL names no Superset" : false;
const uuid = (kind: string) => objectUuid("realtime-analytics", "providers-test", kind);
const common = { connection: { url: url ?? "" }, username: "admin", password };

interface Made {
  readonly kind: ObjectPath;
  readonly number: number;
  readonly id: string;
  readonly inputs: Record<string, unknown>;
  readonly outs: Record<string, unknown>;
  readonly provider: dynamic.ResourceProvider;
}
let session: Session;
const made: Partial<Record<ObjectPath, Made>> = {};
const providers = {
  database: databaseProvider,
  dataset: datasetProvider,
  chart: chartProvider,
  dashboard: dashboardProvider,
};

const databaseInputs = () => ({
  ...common,
  uuid: uuid("database"),
  databaseName: "providers-test",
  sqlalchemyUri: druid,
});
const datasetInputs = () => ({
  ...common,
  uuid: uuid("dataset"),
  databaseId: of("database").number,
  databaseUuid: uuid("database"),
  schema: "druid",
  tableName: "table-that-does-not-exist-yet",
  mainDttmCol: "__time",
  columns: [
    { column_name: "__time", type: "TIMESTAMP", is_dttm: true },
    { column_name: "name", type: "VARCHAR", verbose_name: "Coin" },
  ],
  metrics: [{ metric_name: "rows", expression: "COUNT(*)" }],
});
const chartInputs = () => ({
  ...common,
  uuid: uuid("chart"),
  datasetId: of("dataset").number,
  sliceName: "providers-test's chart!",
  vizType: "big_number_total",
  params: { metric: "rows" },
  queries: [{ columns: [], metrics: ["rows"] }],
});
const dashboardInputs = () => ({
  ...common,
  uuid: uuid("dashboard"),
  title: "Providers' test",
  slug: "providers-test",
  metadata: { refresh_frequency: 10, label_colors: { BTC: "#4fa5c8" } },
  positions: {
    DASHBOARD_VERSION_KEY: "v2",
    ROOT_ID: { id: "ROOT_ID", type: "ROOT", children: ["GRID_ID"] },
    GRID_ID: { id: "GRID_ID", type: "GRID", children: ["ROW-1"], parents: ["ROOT_ID"] },
    "ROW-1": { id: "ROW-1", type: "ROW", children: ["CHART-a"], meta: {} },
    "CHART-a": {
      id: "CHART-a",
      type: "CHART",
      children: [],
      meta: { uuid: uuid("chart"), width: 4, height: 30, sliceName: "a" },
    },
  },
  charts: { [uuid("chart")]: of("chart").number },
});
const inputsOf = {
  database: databaseInputs,
  dataset: datasetInputs,
  chart: chartInputs,
  dashboard: dashboardInputs,
};

function of(kind: ObjectPath): Made {
  const found = made[kind];
  assert.ok(found, `${kind} was not made`);
  return found;
}

async function create(kind: ObjectPath, more: object = {}): Promise<Made> {
  const provider: dynamic.ResourceProvider = await revive(providers[kind] as typeof chartProvider);
  const checked = await provider.check?.({}, { ...inputsOf[kind](), ...more });
  assert.deepEqual(checked?.failures, []);
  const { id, outs } = await provider.create(checked?.inputs);
  const one = { kind, id, outs, inputs: checked?.inputs, provider, number: outs[`${kind}Id`] };
  made[kind] = one;
  return one;
}

async function drifted({ provider, id, outs, inputs }: Made): Promise<string[]> {
  const { props } = (await provider.read?.(id, outs)) ?? {};
  assert.ok(props, `${id} is gone`);
  return Object.keys({ ...inputs, ...props }).filter(
    (key) => !(key in outs && !(key in inputs)) && !isSame(props[key], inputs[key]),
  );
}

async function put(kind: ObjectPath, json: object, id = of(kind).number): Promise<void> {
  await request(session, { method: "PUT", path: `/api/v1/${kind}/${id}`, about: kind, json });
}

async function post(kind: ObjectPath, json: object): Promise<number> {
  const path = `/api/v1/${kind}/`;
  return Number((await request(session, { method: "POST", path, about: kind, json })).id);
}

/** Changes one column or metric of the dataset, and drops the others. */
async function changeFirst(part: "columns" | "metrics", change: object): Promise<void> {
  const live = await getObject(session, "dataset", of("dataset").number);
  const [first] = objectsOf(live?.[part]);
  const { id, column_name, metric_name } = first ?? {};
  const named = part === "columns" ? { id, column_name } : { id, metric_name };
  await put("dataset", { [part]: [{ ...named, ...change }] });
}

const kinds: readonly ObjectPath[] = ["database", "dataset", "chart", "dashboard"];

async function removeAll(): Promise<void> {
  for (const kind of [...kinds].reverse()) {
    const one = made[kind];
    await one?.provider.delete?.(one.id, one.outs);
    await one?.provider.delete?.(one.id, one.outs);
  }
}

before(async () => {
  if (url !== undefined) {
    session = await openSession(url, { username: "admin", password });
  }
});
after(async () => {
  if (url !== undefined) {
    await removeAll();
  }
});

test("created, and unchanged when read back, with a table that Druid doesn't have", {
  skip,
}, async () => {
  for (const kind of kinds) {
    assert.deepEqual(await drifted(await create(kind)), [], kind);
  }
});

test("made a second time: the same objects", { skip }, async () => {
  for (const kind of kinds) {
    const { number } = of(kind);
    assert.equal((await create(kind)).number, number);
    assert.deepEqual(await drifted(of(kind)), [], kind);
  }
});

const changes: readonly [ObjectPath, string, () => Promise<void>][] = [
  ["database", "sqlalchemyUri", () => put("database", { sqlalchemy_uri: `${druid}?header=true` })],
  ["database", "extra", () => put("database", { extra: '{"allows_virtual_table_explore":false}' })],
  ["database", "exposeInSqllab", () => put("database", { expose_in_sqllab: false })],
  ["database", "databaseName", () => put("database", { database_name: "renamed-test" })],
  ["database", "cacheTimeout", () => put("database", { cache_timeout: 7 })],
  ["dataset", "mainDttmCol", () => put("dataset", { main_dttm_col: null })],
  ["dataset", "cacheTimeout", () => put("dataset", { cache_timeout: 7 })],
  ["dataset", "description", () => put("dataset", { description: "changed" })],
  ["dataset", "tableName", () => put("dataset", { table_name: "other-table" })],
  ["dataset", "columns", () => changeFirst("columns", { type: "BIGINT" })],
  ["dataset", "metrics", () => changeFirst("metrics", { expression: "SUM(1)" })],
  ["chart", "sliceName", () => put("chart", { slice_name: "changed" })],
  ["chart", "vizType", () => put("chart", { viz_type: "table" })],
  ["chart", "params", () => put("chart", { params: '{"metric":"changed"}' })],
  ["chart", "queries", () => put("chart", { query_context: "{}" })],
  ["chart", "cacheTimeout", () => put("chart", { cache_timeout: 7 })],
  ["chart", "description", () => put("chart", { description: "changed" })],
  ["dashboard", "title", () => put("dashboard", { dashboard_title: "changed" })],
  ["dashboard", "slug", () => put("dashboard", { slug: "changed-test" })],
  ["dashboard", "published", () => put("dashboard", { published: false })],
  ["dashboard", "css", () => put("dashboard", { css: "body {}" })],
  [
    "dashboard",
    "positions",
    () =>
      put("dashboard", {
        position_json: '{"ROOT_ID":{"id":"ROOT_ID","type":"ROOT","children":[]}}',
      }),
  ],
  ["dashboard", "metadata", () => put("dashboard", { json_metadata: '{"refresh_frequency":60}' })],
  ["dashboard", "charts", () => put("chart", { dashboards: [] })],
  ["dashboard", "managedExternally", () => put("dashboard", { is_managed_externally: false })],
];

for (const [kind, field, change] of changes) {
  test(`${kind}: ${field} changed by hand is seen, and put back`, { skip }, async () => {
    await change();
    assert.deepEqual(await drifted(of(kind)), [field]);
    const { provider, id, outs, inputs } = of(kind);
    await provider.update?.(id, outs, inputs);
    for (const each of kinds) {
      assert.deepEqual(await drifted(of(each)), [], each);
    }
  });
}

test("a chart deleted by hand is seen as gone, made again, and linked again", {
  skip,
}, async () => {
  const { id, outs, provider, number } = of("chart");
  await deleteObject(session, "chart", number, "the test's chart");
  assert.deepEqual(await provider.read?.(id, outs), {});
  assert.deepEqual(await drifted(of("dashboard")), ["charts"]);
  const again = await create("chart");
  await create("dashboard");
  assert.deepEqual(await drifted(of("dashboard")), []);
  const { result } = await request(session, {
    method: "GET",
    path: `/api/v1/dashboard/${of("dashboard").number}/charts`,
    about: "the charts",
  });
  assert.deepEqual(
    objectsOf(result).map((row) => row.id),
    [again.number],
  );
});

test("a foreign object in the way is an error, and adopt takes it over", {
  skip,
}, async (context) => {
  const refused = { database: /already has a database/, dashboard: /already has a dashboard/ };
  await removeAll();
  const foreign = {
    database: await post("database", { database_name: "providers-test", sqlalchemy_uri: druid }),
    dashboard: await post("dashboard", { dashboard_title: "x", slug: "providers-test" }),
  };
  context.after(async () => {
    await removeAll();
    await deleteObject(session, "dashboard", foreign.dashboard, "the foreign dashboard");
    await deleteObject(session, "database", foreign.database, "the foreign database");
  });
  await assert.rejects(create("database"), refused.database);
  assert.equal((await create("database", { adopt: true })).number, foreign.database);
  await create("dataset");
  await create("chart");
  await assert.rejects(create("dashboard"), refused.dashboard);
  assert.equal((await create("dashboard", { adopt: true })).number, foreign.dashboard);
  for (const kind of kinds) {
    assert.deepEqual(await drifted(of(kind)), [], kind);
  }
});
