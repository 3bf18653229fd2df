import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { openSession, request, type Session } from "../../resources/superset/api";
import { chartData, loadChart, shownData } from "../../verify/chart";
import type { StackOutputs } from "../../verify/outputs";
import { chartOf, chooseInFilter, visitDashboard } from "../support/dashboard-browser";
import { permitDeletion, takeBackPermission } from "../support/delete-data";
import { filters, type GalleryEvent, galleryEvents, galleryFile, kinds } from "../support/gallery";
import {
  artifacts,
  make,
  mustMake,
  readOutputs,
  sql,
  standUp,
  until,
  withKafkaClient,
  withService,
} from "../support/stack";

const root = join(__dirname, "../..");
const file = join(root, "pipelines", "gallery.ts");
const overview = join(root, "pipelines", "overview.ts");
/** A dashboard over the gallery and the demo. */
const overviewFile = `import { defineDashboard, on } from "./declare";
import { demo } from "./demo";
import { gallery } from "./gallery";

export const overview = defineDashboard({
  name: "overview",
  title: "Overview",
  rows: [
    [
      on(gallery, { key: "revenue", kind: "pie", title: "revenue by web and app", metric: "revenue", dimension: "country", where: { channel: ["web", "app"] }, width: 6 }),
      on(demo, { key: "coins", kind: "line", title: "coins", metric: "average_price", dimension: "name", timeRange: "Last hour", width: 6 }),
    ],
  ],
  filters: [{ kind: "time" }, on(gallery, { kind: "dimension", dimension: "country" })],
});
`;
const events = galleryEvents();
let outputs: StackOutputs;

before(async () => {
  assert.ok(!existsSync(file), `${file} is in the way: the test writes it`);
  await standUp();
  writeFileSync(file, galleryFile);
  await mustMake("up");
  outputs = await readOutputs();
  await send(events);
});
after(async () => {
  rmSync(file, { force: true });
  rmSync(overview, { force: true });
  permitDeletion("topic/gallery", "datasource/gallery");
  try {
    await mustMake("up");
  } finally {
    takeBackPermission();
  }
});

async function send(all: readonly GalleryEvent[]): Promise<void> {
  await withKafkaClient(outputs, async (kafka) => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const messages = all.map((event) => ({ value: JSON.stringify(event) }));
    await producer.send({ topic: "gallery", messages });
    await producer.disconnect();
  });
  await until("a row of each event", async (say) => {
    const [row] = await ask('SELECT COUNT(*) AS n FROM "gallery"').catch((error: Error) => {
      say(error.message);
      return [];
    });
    return row?.n === all.length || undefined;
  });
}

const ask = (query: string) => withService(outputs, "druid", (url) => sql(url, query));

function withSuperset<T>(use: (session: Session) => Promise<T>): Promise<T> {
  const login = { username: outputs.supersetUsername, password: outputs.supersetPassword };
  return withService(outputs, "superset", async (url) => use(await openSession(url, login)));
}

function rowsOf(key: string): Promise<Record<string, unknown>[]> {
  const id = outputs.pipelines.gallery?.charts[key];
  assert.ok(id !== undefined, `the outputs have no chart ${key}`);
  return withSuperset(async (session) =>
    chartData(session, await loadChart(session, id), "probe_id"),
  );
}

/** Rows as text, in an order of their own, because charts of equal values may come in any. */
function comparable(rows: readonly Record<string, unknown>[]): string[] {
  const cell = (value: unknown) => (typeof value === "number" ? value.toPrecision(10) : value);
  return rows.map((row) => Object.values(row).map(cell).join(" | ")).sort();
}

const minute = "TIMESTAMP_TO_MILLIS(TIME_FLOOR(__time, 'PT1M'))";
const queries: Record<string, string> = {
  table:
    "SELECT country, channel, SUM(amount), COUNT(*) FROM gallery GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 5",
  area: `SELECT ${minute}, channel, COUNT(*) FROM gallery GROUP BY 1, 2`,
  scatter: `SELECT ${minute}, channel, AVG(amount) FROM gallery GROUP BY 1, 2`,
  heatmap: "SELECT channel, country, COUNT(*) FROM gallery GROUP BY 1, 2",
  gauge: "SELECT AVG(amount) FROM gallery",
  funnel: "SELECT channel, COUNT(*) FROM gallery GROUP BY 1",
  treemap: "SELECT country, SUM(amount) FROM gallery GROUP BY 1",
  bar: `SELECT ${minute}, channel, COUNT(*) FROM gallery GROUP BY 1, 2`,
  pie: "SELECT country, SUM(amount) FROM gallery GROUP BY 1",
  "big-number": "SELECT COUNT(*) FROM gallery",
};
for (const [key, query] of Object.entries(queries)) {
  test(`${key} has the data of a SQL query`, async () => {
    const expected = await ask(query);
    assert.ok(expected.length > 0);
    assert.deepEqual(comparable(await rowsOf(key)), comparable(expected));
  });
}

test("mixed has the data of a SQL query at each axis", async () => {
  const [left, right] = await Promise.all(
    ["COUNT(*)", "AVG(amount)"].map((metric) =>
      ask(`SELECT ${minute}, ${metric} FROM gallery GROUP BY 1`),
    ),
  );
  assert.deepEqual(
    comparable(await rowsOf("mixed")),
    comparable([...(left ?? []), ...(right ?? [])]),
  );
});

test("histogram counts each event in its interval", async () => {
  const amounts = await ask("SELECT channel, amount FROM gallery");
  for (const { channel, ...bins } of await rowsOf("histogram")) {
    const own = amounts.filter((row) => row.channel === channel).map((row) => Number(row.amount));
    const counted = Object.entries(bins).map(([interval, count], index, all) => {
      const [from = Number.NaN, to = Number.NaN] = interval.split(" - ").map(Number);
      const isLast = index === all.length - 1;
      const inside = own.filter((one) => one >= from && (one < to || (isLast && one <= to)));
      return [interval, Number(count), inside.length];
    });
    for (const [interval, count, inside] of counted) assert.equal(count, inside, String(interval));
    assert.equal(counted.length, 12);
  }
});

test("a chart that its limit of rows has cut is known, and no other", async () => {
  const cut = await withSuperset((session) =>
    Promise.all(
      Object.entries(outputs.pipelines.gallery?.charts ?? {}).map(async ([key, id]) => {
        const { cutAt } = await shownData(session, await loadChart(session, id), "probe_id");
        return cutAt === undefined ? [] : [[key, cutAt]];
      }),
    ),
  );
  assert.deepEqual(cut.flat(), [["table", 5]]);
});

function visit(screenshot: string, use: (page: Page) => Promise<void>) {
  return withService(outputs, "superset", (url) =>
    visitDashboard({
      url,
      username: outputs.supersetUsername,
      password: outputs.supersetPassword,
      slug: "gallery",
      charts: kinds,
      height: 2_300,
      timeoutMs: 120_000,
      screenshot: join(artifacts, screenshot),
      use,
    }),
  );
}

test("each kind is drawn in a browser, without an error", async () => {
  const folder = process.env.UPDATE_DOCS ? join(root, "docs", "charts") : artifacts;
  const view = await visit("gallery.png", async (page) => {
    for (const key of kinds) {
      await chartOf(page, key).screenshot({ path: join(folder, `${key}.png`) });
    }
  });
  assert.deepEqual(
    view.charts.map(({ title, state }) => ({ title, state })),
    kinds.map((title) => ({ title, state: "drawn" })),
    JSON.stringify(view.charts, null, 2),
  );
  assert.deepEqual(view.errors, []);
});

const countOf = (country: string) => events.filter((event) => event.country === country).length;

async function showsCount(page: Page, expected: number): Promise<void> {
  const number = chartOf(page, "big-number").locator(".header-line");
  await number.filter({ hasText: new RegExp(`^${expected}$`) }).waitFor({ timeout: 30_000 });
}

test("a filter and a click on a cell filter the other charts, and a chart that was cut says so", async () => {
  await visit("filtered.png", async (page) => {
    await showsCount(page, events.length);
    await chartOf(page, "table").locator('[data-test="warning"]').waitFor();
    await chooseInFilter(page, "DE");
    await showsCount(page, countOf("DE"));
  });
  await visit("cross-filtered.png", async (page) => {
    await chartOf(page, "table").locator('td:text-is("FR")').first().click();
    await showsCount(page, countOf("FR"));
  });
});

test("a dashboard of two streams shows the charts of both, and goes with its file", async () => {
  writeFileSync(overview, overviewFile);
  await mustMake("up");
  const { revenue, coins } = (await readOutputs()).dashboards.overview?.charts ?? {};
  assert.ok(revenue !== undefined && coins !== undefined);
  const rows = await withSuperset(async (session) =>
    chartData(session, await loadChart(session, revenue), "probe_id"),
  );
  const query =
    "SELECT country, SUM(amount) FROM gallery WHERE channel IN ('web', 'app') GROUP BY 1";
  assert.deepEqual(comparable(rows), comparable(await ask(query)));
  const charts = ["revenue by web and app", "coins"];
  const view = await withService(outputs, "superset", (url) =>
    visitDashboard({
      url,
      username: outputs.supersetUsername,
      password: outputs.supersetPassword,
      slug: "overview",
      charts,
      timeoutMs: 120_000,
      screenshot: join(artifacts, "overview.png"),
    }),
  );
  assert.deepEqual(
    view.charts.map(({ title, state }) => ({ title, state })),
    charts.map((title) => ({ title, state: "drawn" })),
  );
  rmSync(overview);
  await mustMake("up");
  assert.deepEqual((await readOutputs()).dashboards, {});
});

test("looking at it is no drift", async () => {
  assert.match((await mustMake("refresh")).output, /^ +\d+ unchanged$/m);
});

test("a chart by Superset's own name whose query fails is refused by up, and the one that was stays", async () => {
  writeFileSync(
    file,
    galleryFile.replace('vizType: "treemap_v2",', '$& queries: [{ columns: ["town"] }],'),
  );
  const run = await make("up");
  assert.notEqual(run.exitCode, 0, run.output);
  assert.match(run.output, /cannot draw chart "treemap" as treemap_v2, so it was not stored/);
  assert.match(run.output, /town/);
  assert.equal((await rowsOf("treemap")).length, 4);
});

test("a chart and the filters that the file no longer has are removed", async () => {
  const line = /^.*key: "funnel".*\n/m;
  writeFileSync(file, galleryFile.replace(filters, "").replace(line, ""));
  await mustMake("up");
  outputs = await readOutputs();
  assert.equal(outputs.pipelines.gallery?.charts.funnel, undefined);
  const found = await withSuperset((session) =>
    request(session, { method: "GET", path: "/api/v1/dashboard/gallery", about: "the dashboard" }),
  );
  const stored = JSON.stringify(found.result);
  assert.doesNotMatch(stored, /NATIVE_FILTER-|CHART-funnel/);
  assert.match(stored, /CHART-mixed/);
});
