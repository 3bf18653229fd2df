import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { dynamic } from "@pulumi/pulumi";
import { FakeSuperset } from "../testing/fake-superset";
import { revive } from "../testing/revive";
import { chartProvider } from "./chart";
import { dashboardProvider } from "./dashboard";
import { databaseProvider } from "./database";
import { datasetProvider } from "./dataset";
import { objectUuid } from "./uuid";

let superset: FakeSuperset;
let base: Common;
beforeEach(async () => {
  superset = new FakeSuperset();
  base = {
    connection: { url: await superset.start() },
    username: "admin",
    password: superset.password,
    adopt: false,
    managedExternally: true,
  };
});
afterEach(() => superset.stop());

interface Common {
  readonly connection: { readonly url: string };
  readonly username: string;
  readonly password: string;
  readonly adopt: boolean;
  readonly managedExternally: boolean;
}

type InputsOf<P> = P extends dynamic.ResourceProvider<infer I, infer _O> ? I : never;

const providers = {
  database: revive(databaseProvider),
  dataset: revive(datasetProvider),
  chart: revive(chartProvider),
  dashboard: revive(dashboardProvider),
};

const uuid = (kind: string) => objectUuid("project", "stack", kind);
const databaseInputs = (): InputsOf<typeof databaseProvider> => ({
  ...base,
  uuid: uuid("database"),
  databaseName: "Druid",
  sqlalchemyUri: "druid://reader@druid:8082/druid/v2/sql/",
  databasePassword: "hidden",
  extra: {},
  exposeInSqllab: true,
  allowRunAsync: false,
  allowDml: false,
  readyTimeoutMs: 3_000,
});
const datasetInputs = (databaseId = 1): InputsOf<typeof datasetProvider> => ({
  ...base,
  uuid: uuid("dataset"),
  databaseId,
  databaseUuid: uuid("database"),
  schema: "druid",
  tableName: "demo",
  mainDttmCol: "__time",
  columns: [
    { column_name: "__time", type: "TIMESTAMP", is_dttm: true, groupby: true, filterable: true },
    { column_name: "name", type: "VARCHAR", is_dttm: false, groupby: true, filterable: true },
  ],
  metrics: [{ metric_name: "price", expression: 'SUM("data_id")' }],
});
const chartInputs = (): InputsOf<typeof chartProvider> => ({
  ...base,
  uuid: uuid("chart"),
  datasetId: 7,
  sliceName: "Percent",
  vizType: "pie",
  params: { groupby: ["name"], metric: "price" },
  queries: [{ columns: ["name"], metrics: ["price"] }],
  cacheTimeout: -1,
});
const dashboardInputs = (chartId: number): InputsOf<typeof dashboardProvider> => ({
  ...base,
  uuid: uuid("dashboard"),
  title: "Real Time Druid",
  slug: "real-time-druid",
  published: true,
  css: "",
  metadata: { refresh_frequency: 10, label_colors: { BTC: "#4fa5c8" } },
  positions: {
    DASHBOARD_VERSION_KEY: "v2",
    "CHART-a": {
      id: "CHART-a",
      type: "CHART",
      children: [],
      meta: { uuid: uuid("chart"), width: 5 },
    },
  },
  charts: { [uuid("chart")]: chartId },
});

/** Makes the object, and proves that reading it back shows no change. */
async function create<K extends keyof typeof providers>(kind: K, inputs: object) {
  const provider = (await providers[kind]) as dynamic.ResourceProvider;
  const checked = await provider.check?.({}, inputs);
  assert.deepEqual(checked?.failures, []);
  const { id, outs } = await provider.create(checked?.inputs);
  const { props } = (await provider.read?.(id, outs)) ?? {};
  const { changes } = (await provider.diff?.(id, props, checked?.inputs)) ?? {};
  assert.equal(changes, false, `${kind} has drifted right after it was made`);
  return { provider, id, outs, inputs: checked?.inputs };
}

/** The fields in which the object, read back, differs from what was asked for. */
async function drifted(made: Awaited<ReturnType<typeof create>>): Promise<string[]> {
  const { props = {} } = (await made.provider.read?.(made.id, made.outs)) ?? {};
  const idOutputs = Object.keys(made.outs).filter((key) => !(key in made.inputs));
  return Object.keys({ ...made.inputs, ...props }).filter(
    (key) =>
      !idOutputs.includes(key) && JSON.stringify(props[key]) !== JSON.stringify(made.inputs[key]),
  );
}

async function createAll() {
  const database = await create("database", databaseInputs());
  const dataset = await create("dataset", datasetInputs(database.outs.databaseId));
  const chart = await create("chart", { ...chartInputs(), datasetId: dataset.outs.datasetId });
  const dashboard = await create("dashboard", dashboardInputs(chart.outs.chartId));
  return { database, dataset, chart, dashboard };
}

test("all four are made, with one login, and each keeps its fixed UUID", async () => {
  const { dashboard, chart } = await createAll();
  assert.equal(superset.logins, 1);
  assert.equal(superset.only("dataset").uuid, uuid("dataset"));
  assert.equal(
    superset.only("chart").params,
    '{"datasource":"2__table","groupby":["name"],"metric":"price","viz_type":"pie"}',
  );
  assert.deepEqual(superset.links.get(dashboard.outs.dashboardId), [chart.outs.chartId]);
});

test("what is changed by hand is seen in that field alone, and put back", async () => {
  const made = await createAll();
  const cases = [
    ["database", "sqlalchemyUri", { sqlalchemy_uri: "druid://elsewhere:1/druid/v2/sql/" }],
    ["database", "extra", { extra: '{"version":"1"}' }],
    ["database", "exposeInSqllab", { expose_in_sqllab: false }],
    ["dataset", "mainDttmCol", { main_dttm_col: null }],
    ["dataset", "cacheTimeout", { cache_timeout: 60 }],
    ["dataset", "columns", { columns: [] }],
    ["dataset", "metrics", { metrics: [{ metric_name: "price", expression: "1" }] }],
    ["chart", "params", { params: '{"metric":"rows"}' }],
    ["chart", "vizType", { viz_type: "table" }],
    ["chart", "sliceName", { slice_name: "Shares" }],
    ["chart", "cacheTimeout", { cache_timeout: 5 }],
    ["chart", "queries", { query_context: "{}" }],
    ["dashboard", "title", { dashboard_title: "Mine" }],
    ["dashboard", "slug", { slug: "mine" }],
    ["dashboard", "published", { published: false }],
    ["dashboard", "css", { css: "body {}" }],
    ["dashboard", "positions", { position_json: "{}" }],
    ["dashboard", "metadata", { json_metadata: '{"refresh_frequency":60}' }],
  ] as const;
  for (const [kind, field, change] of cases) {
    Object.assign(superset.only(kind), change);
    assert.deepEqual(await drifted(made[kind]), [field], `${kind}.${field}`);
    await made[kind].provider.update?.(made[kind].id, made[kind].outs, made[kind].inputs);
    assert.deepEqual(await drifted(made[kind]), [], `${kind}.${field} restored`);
  }
  superset.links.clear();
  assert.deepEqual(await drifted(made.dashboard), ["charts"]);
});

test("a database's password is sent, compared with what was sent, and shown in no URI", async () => {
  const { id, outs, inputs, provider } = await create("database", databaseInputs());
  const { diff, read } = provider;
  assert.equal(outs.sqlalchemyUri, "druid://reader@druid:8082/druid/v2/sql/");
  const changed = { ...inputs, databasePassword: "another" };
  assert.equal((await diff?.(id, outs, changed))?.changes, true);
  Object.assign(superset.only("database"), {
    sqlalchemy_uri: "druid://reader:XXXXXXXXXX@elsewhere:1/druid/v2/sql/",
  });
  assert.equal(
    (await read?.(id, outs))?.props?.sqlalchemyUri,
    "druid://reader@elsewhere:1/druid/v2/sql/",
  );
  const sqlalchemyUri = "druid://reader:hidden@druid:8082/druid/v2/sql/";
  const { databasePassword: _, ...whole } = { ...databaseInputs(), sqlalchemyUri };
  superset.objects.database.clear();
  await create("database", whole);
});

test("what Superset derives for a dashboard is no drift", async () => {
  const { dashboard } = await createAll();
  const live = superset.only("dashboard");
  const metadata = JSON.parse(String(live.json_metadata));
  live.json_metadata = JSON.stringify({
    ...metadata,
    shared_label_colors: ["BTC"],
    color_scheme: "",
  });
  assert.deepEqual(await drifted(dashboard), []);
});

test("deleted by hand: read says so, and update makes it again", async () => {
  const { chart } = await createAll();
  superset.objects.chart.clear();
  assert.deepEqual(await chart.provider.read?.(chart.id, chart.outs), {});
  await chart.provider.update?.(chart.id, chart.outs, chart.inputs);
  assert.equal(superset.only("chart").uuid, uuid("chart"));
});

test("an object of the same UUID is adopted, not made twice", async () => {
  await createAll();
  superset.writes.length = 0;
  await createAll();
  assert.deepEqual(superset.writes, [
    "PUT /api/v1/database/1",
    "POST /api/v1/assets/import/",
    "PUT /api/v1/chart/3",
    "PUT /api/v1/dashboard/4",
  ]);
});

test("another's object in the way is an error that names it, and adopt takes it over", async () => {
  const id = superset.add("dashboard", { uuid: "another", slug: "real-time-druid" });
  const chart = superset.add("chart", { uuid: uuid("chart") });
  const provider = await providers.dashboard;
  await assert.rejects(
    provider.create(dashboardInputs(chart)),
    /already has a dashboard "Real Time Druid" .* did not make: dashboard 1 .* adopt: true/,
  );
  assert.deepEqual(superset.writes, []);
  await provider.create({ ...dashboardInputs(chart), adopt: true });
  assert.equal(superset.objects.dashboard.get(id)?.uuid, uuid("dashboard"));
});

test("datasets that are made at once are imported one after the other", async () => {
  const { outs } = await create("database", databaseInputs());
  superset.answerAfterMs = 30;
  const provider = await providers.dataset;
  const first = datasetInputs(outs.databaseId);
  const second = { ...first, uuid: uuid("second"), tableName: "second" };
  await Promise.all([provider.create(first), provider.create(second)]);
  assert.equal(superset.objects.dataset.size, 2);
});

test("an object of this program that no resource declares any more is taken over, one that is declared is not", async () => {
  const chart = superset.add("chart", { uuid: uuid("chart") });
  const { check, create } = await providers.dashboard;
  const named = (name: string) => ({ ...dashboardInputs(chart), uuid: uuid(name) });
  await create(named("before"));
  await create(named("after"));
  assert.equal(superset.only("dashboard").uuid, uuid("after"));

  await check(named("after"), named("after"));
  await assert.rejects(
    create(named("other")),
    /another resource of the program declares too.*run up again/,
  );
});

test("delete is idempotent", async () => {
  const { dashboard, chart } = await createAll();
  await dashboard.provider.delete?.(dashboard.id, dashboard.outs);
  await dashboard.provider.delete?.(dashboard.id, dashboard.outs);
  await chart.provider.delete?.(chart.id, chart.outs);
  assert.deepEqual(superset.writes.slice(-2), [
    `DELETE /api/v1/dashboard/${dashboard.outs.dashboardId}`,
    `DELETE /api/v1/chart/${chart.outs.chartId}`,
  ]);
});

test("a dashboard without its charts fails with its id, so that it is not lost", async () => {
  const error = await (await providers.dashboard)
    .create(dashboardInputs(99))
    .then(() => undefined)
    .catch((reason) => reason);
  assert.match(error.message, /without its charts 99/);
  assert.equal(error.id, uuid("dashboard"));
  assert.equal(error.properties.dashboardId, 1);
  assert.equal(error.reasons.length, 1);
});

test("a database that does not answer yet is waited for; one that never does fails in words", async () => {
  const body = { message: "Connection failed, please check your connection settings" };
  superset.failures.push({ call: "POST /api/v1/database/", status: 422, body });
  await create("database", databaseInputs());
  superset.objects.database.clear();
  const failures = Array(9).fill({ call: "POST /api/v1/database/", status: 422, body });
  superset.failures.push(...failures);
  await assert.rejects(
    (await providers.database).create({ ...databaseInputs(), readyTimeoutMs: 10 }),
    /could not reach druid:\/\/reader@druid:8082.* is it running/,
  );
});

test("a gateway's error is tried again, a refusal is not and says why", async () => {
  superset.failures.push({ call: "GET /api/v1/chart/", status: 502, body: {} });
  superset.failures.push({ call: "POST /api/v1/chart/", status: 503, body: {} });
  await create("chart", chartInputs());
  superset.failures.push({ call: "PUT", status: 422, body: { message: { viz_type: "Unknown" } } });
  await assert.rejects(
    (await providers.chart).update("", { ...chartInputs() }, chartInputs()),
    /Superset refused chart "Percent": PUT .*\/api\/v1\/chart\/1 answered 422: {"viz_type":"Unknown"}/,
  );
});

test("a login that Superset no longer knows is replaced", async () => {
  await create("chart", chartInputs());
  superset.failures.push({ call: "GET", status: 401, body: { msg: "Token has expired" } });
  await create("chart", chartInputs());
  assert.equal(superset.logins, 2);
});

test("a wrong password says whose", async () => {
  await assert.rejects(
    (await providers.chart).create({ ...chartInputs(), password: "wrong" }),
    /Superset refused user "admin": POST .*login answered 401: Not authorized/,
  );
});

test("check names what is wrong, and leaves what is not known yet alone", async () => {
  const dashboard = await providers.dashboard;
  const inputs = { ...dashboardInputs(1), slug: "Real Time", charts: {} };
  const wrong = await dashboard.check({ ...inputs }, inputs);
  assert.deepEqual(
    wrong.failures?.map(({ property }) => property),
    ["slug", "charts"],
  );
  const unknown = { ...inputs, title: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" };
  assert.deepEqual((await dashboard.check({ ...unknown }, unknown)).failures, []);
});

test("another UUID or another database replaces, everything else updates", async () => {
  const provider = await providers.dataset;
  const olds = { ...datasetInputs(), datasetId: 2 };
  const diff = async (change: object) => {
    const { changes, replaces } = await provider.diff("", olds, { ...datasetInputs(), ...change });
    return [changes, replaces];
  };
  assert.deepEqual(await diff({}), [false, []]);
  assert.deepEqual(await diff({ uuid: "b" }), [true, ["uuid"]]);
  assert.deepEqual(await diff({ databaseId: 5 }), [true, ["databaseId"]]);
  assert.deepEqual(await diff({ tableName: "other" }), [true, []]);
  assert.deepEqual(await diff({ password: "new" }), [true, []]);
});
