import assert from "node:assert/strict";
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { z } from "zod";
import { openSession, request, type Session } from "../../resources/superset/api";
import { chartData, loadChart } from "../../verify/chart";
import type { StackOutputs } from "../../verify/outputs";
import { visitDashboard } from "../support/dashboard-browser";
import { artifacts, sql, standUp, until, withService } from "../support/stack";

let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});

const titles = ["Percent", "Demo Chart 2", "Demo Chart 1", "Coin trend", "Total Row"];

function demo(): StackOutputs["pipelines"][string] {
  const { demo } = outputs.pipelines;
  assert.ok(demo, "the outputs have no stream demo");
  return demo;
}

function withSuperset<T>(use: (session: Session) => Promise<T>): Promise<T> {
  return withService(outputs, "superset", async (url) =>
    use(
      await openSession(url, {
        username: outputs.supersetUsername,
        password: outputs.supersetPassword,
      }),
    ),
  );
}

type Row = Record<string, unknown>;

async function chart(session: Session, key: string): Promise<Row[]> {
  const id = demo().charts[key];
  assert.ok(id !== undefined, `the outputs have no chart ${key}`);
  return chartData(session, await loadChart(session, id), "probe_id");
}

/** The rows of the chart and of the query, with no new row between them; the producer sends every 5 s. */
function alike(key: string, query: string): Promise<{ chart: Row[]; sql: Row[] }> {
  return withSuperset((session) =>
    withService(outputs, "druid", (druid) =>
      until(`chart ${key} and a query of the same rows`, async (say) => {
        const first = await sql(druid, query);
        const rows = await chart(session, key);
        const second = await sql(druid, query);
        say(JSON.stringify({ first, second }));
        return JSON.stringify(first) === JSON.stringify(second)
          ? { chart: rows, sql: second }
          : undefined;
      }),
    ),
  );
}

const shown = `FROM "demo" WHERE probe_id IS NULL`;
const numbers = (rows: Row[]) => rows.map((row) => Object.values(row).map(String));

test("Percent has the sum of the price of each coin", async () => {
  const { chart: rows, sql: expected } = await alike(
    "percent",
    `SELECT name, SUM(data_id) AS price ${shown} GROUP BY name ORDER BY 2 DESC`,
  );
  assert.deepEqual(numbers(rows), numbers(expected));
  assert.deepEqual(rows.map((row) => row.name).sort(), ["BTC", "BTT", "DOT", "ETH"]);
});

test("Total Row has the number of rows", async () => {
  const { chart: rows, sql: expected } = await alike("total", `SELECT COUNT(*) AS n ${shown}`);
  assert.deepEqual(numbers(rows), numbers(expected));
});

for (const { key, series, metric } of [
  { key: "bars", series: "name", metric: "SUM(data_id)" },
  { key: "lines", series: "name", metric: "AVG(data_id)" },
  { key: "trend", series: undefined, metric: "SUM(data_id)" },
]) {
  test(`chart ${key} has ${metric} ${series ? "of each coin " : ""}in each 5 s`, async () => {
    const columns = series ? `t, ${series}` : "t";
    const rows = await withSuperset((session) => chart(session, key));
    assert.ok(rows.length > 0, "the chart has no data");
    const expected = await withService(outputs, "druid", (druid) =>
      sql(
        druid,
        `SELECT TIMESTAMP_TO_MILLIS(TIME_FLOOR(__time, 'PT5S')) AS t${series ? `, ${series}` : ""}, ${metric} AS v ${shown} GROUP BY 1${series ? ", 2" : ""}`,
      ),
    );
    const value = new Map(
      expected.map((row) => [
        columns
          .split(", ")
          .map((name) => row[name])
          .join(" "),
        row.v,
      ]),
    );
    // The chart's time range cuts the oldest interval, and the newest one is not complete yet.
    const times = rows.map((row) => Number(row.__time));
    const inner = rows.filter(
      ({ __time }) =>
        Number(__time) > Math.min(...times) && Number(__time) < Math.max(...times) - 5_000,
    );
    for (const row of inner) {
      const id = [Number(row.__time), ...(series ? [row[series]] : [])].join(" ");
      const measured = Object.entries(row).find(
        ([name]) => name !== "__time" && name !== series,
      )?.[1];
      assert.equal(Number(measured), Number(value.get(id)), `${key} at ${id}`);
    }
  });
}

test("the dashboard draws all five charts in a browser, without an error", async () => {
  const screenshot = join(artifacts, "dashboard.png");
  const view = await withService(outputs, "superset", (url) =>
    visitDashboard({
      url,
      username: outputs.supersetUsername,
      password: outputs.supersetPassword,
      slug: demo().dashboard ?? "",
      charts: titles,
      screenshot,
    }),
  );
  assert.equal(view.title, "Real Time Druid");
  assert.deepEqual(
    view.charts.map(({ title, state }) => ({ title, state })),
    titles.map((title) => ({ title, state: "drawn" })),
    JSON.stringify(view.charts, null, 2),
  );
  assert.deepEqual(view.errors, []);
  assert.ok(existsSync(screenshot));
  // `UPDATE_DOCS=1 make test-e2e` replaces the README's picture.
  if (process.env.UPDATE_DOCS) {
    copyFileSync(screenshot, join(__dirname, "../../docs/dashboard.png"));
  }
});

test("the dashboard is published, and refreshes itself each 10 s", async () => {
  const found = await withSuperset((session) =>
    request(session, {
      method: "GET",
      path: `/api/v1/dashboard/${demo().dashboard}`,
      about: "the dashboard",
    }),
  );
  const { result } = z
    .object({ result: z.object({ published: z.boolean(), json_metadata: z.string() }) })
    .parse(found);
  assert.equal(result.published, true);
  assert.equal(JSON.parse(result.json_metadata).refresh_frequency, 10);
});
