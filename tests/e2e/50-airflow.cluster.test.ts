import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AppsV1Api } from "@kubernetes/client-node";
import { z } from "zod";
import type { StackOutputs } from "../../verify/outputs";
import { launch, visitDashboard } from "../support/dashboard-browser";
import { coreApi, kubeConfig } from "../support/kubernetes";
import {
  artifacts,
  endOffset,
  mustMake,
  readOutputs,
  sql,
  standUp,
  until,
  withService,
} from "../support/stack";

let outputs: StackOutputs;
/** Number of messages on the topic without a row in Druid, which earlier tests sent on purpose. */
let rowless = 0;
/** When the time began in which only Airflow sent, in ms since 1970. */
let switchedAt = 0;
/** When it ended. */
let switchedBackAt = Date.UTC(2100, 0);

before(async () => {
  outputs = await standUp();
  rowless = await messagesWithoutRow();
});
after(async () => {
  await mustMake("up", { PRODUCER: "standalone" });
});

async function rowCount(): Promise<number> {
  return withService(outputs, "druid", async (url) => {
    const [row] = await sql(url, 'SELECT COUNT(*) AS n FROM "demo"');
    return Number(row?.n);
  });
}

/** The counts of messages and rows at a moment when no event is on its way. */
function messagesWithoutRow(): Promise<number> {
  return until("a standstill between two rounds", async (say) => {
    const first = { offset: await endOffset(outputs, "demo"), rows: await rowCount() };
    const second = { offset: await endOffset(outputs, "demo"), rows: await rowCount() };
    const third = { offset: await endOffset(outputs, "demo"), rows: await rowCount() };
    say(JSON.stringify([first, second, third]));
    const isStill =
      first.offset === third.offset && first.rows === third.rows && second.rows === first.rows;
    return isStill ? third.offset - third.rows : undefined;
  });
}

/** Rows and coins of each minute in which only Airflow sent. The time of the DAG's events is the full minute, to the ms. */
async function minutes(): Promise<{ minute: number; rows: number; coins: number }[]> {
  const rows = await withService(outputs, "druid", (url) =>
    sql(
      url,
      `SELECT TIMESTAMP_TO_MILLIS(__time) AS t, COUNT(*) AS n, COUNT(DISTINCT name) AS coins FROM "demo"
       WHERE __time >= MILLIS_TO_TIMESTAMP(${switchedAt}) AND __time < MILLIS_TO_TIMESTAMP(${switchedBackAt})
         AND probe_id IS NULL GROUP BY __time ORDER BY __time`,
    ),
  );
  return rows.map(({ t, n, coins }) => ({
    minute: Number(t),
    rows: Number(n),
    coins: Number(coins),
  }));
}

const dagRuns = z.object({
  dag_runs: z.array(
    z.object({ run_type: z.string(), state: z.string(), logical_date: z.string() }),
  ),
});
const dag = z.object({ is_paused: z.boolean(), timetable_summary: z.string() });

/** Sends a request to Airflow's REST API as the generated user. */
async function airflow<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  return withService(outputs, "airflow", async (url) => {
    const login = await fetch(`${url}/auth/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        username: outputs.airflowUsername,
        password: outputs.airflowPassword,
      }),
    });
    const { access_token } = z.object({ access_token: z.string() }).parse(await login.json());
    const response = await fetch(`${url}/api/v2/${path}`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    const text = await response.text();
    assert.equal(response.status, 200, `${path}: ${text}`);
    return schema.parse(JSON.parse(text));
  });
}

async function deployments(): Promise<string[]> {
  const { items } = await (await kubeConfig())
    .makeApiClient(AppsV1Api)
    .listNamespacedDeployment({ namespace: outputs.namespace });
  return items
    .map(({ metadata }) => metadata?.name ?? "")
    .filter((name) => /^(airflow|producer)/.test(name))
    .sort();
}

test("PRODUCER=airflow switches a running stack over, and leaves all else of it running", async (t) => {
  const core = await coreApi();
  const others = async () =>
    (await core.listNamespacedPod({ namespace: outputs.namespace })).items
      .filter(({ metadata }) => !/^(airflow|producer)/.test(metadata?.name ?? ""))
      // Not the Jobs, which have ended.
      .filter(({ status }) => status?.phase === "Running")
      .map(({ metadata }) => metadata?.uid)
      .sort();
  const before = await others();
  const start = Date.now();
  await mustMake("up", { PRODUCER: "airflow" });
  switchedAt = Date.now();
  t.diagnostic(`make up PRODUCER=airflow took ${((switchedAt - start) / 1000).toFixed(0)} s`);
  outputs = await readOutputs();
  assert.deepEqual(await deployments(), ["airflow", "airflow-dag-processor", "airflow-scheduler"]);
  assert.deepEqual(await others(), before);
});

test("the DAG runs by its schedule, although nobody unpaused it, and each run's four rows are in Druid once", async () => {
  const found = await until(
    "rows of two runs",
    async (say) => {
      const all = await minutes();
      say(JSON.stringify(all));
      return all.length >= 2 && all.every(({ rows }) => rows >= 4) ? all : undefined;
    },
    180_000,
  );
  for (const { minute, rows, coins } of found) {
    assert.deepEqual([rows, coins], [4, 4], new Date(minute).toISOString());
  }
  const { is_paused } = await airflow("dags/demo", dag);
  assert.equal(is_paused, false);
  const { dag_runs: runs } = await airflow("dags/demo/dagRuns", dagRuns);
  assert.ok(runs.length >= 2);
  for (const { run_type, state } of runs) {
    assert.equal(run_type, "scheduled");
    assert.match(state, /^(success|running)$/);
  }
  const dates = runs.map(({ logical_date }) => Date.parse(logical_date));
  for (const { minute } of found) assert.ok(dates.includes(minute), `no run of ${minute}`);
});

test("the dashboard draws the DAG's events", async () => {
  const view = await withService(outputs, "superset", (url) =>
    visitDashboard({
      url,
      username: outputs.supersetUsername,
      password: outputs.supersetPassword,
      slug: outputs.pipelines.demo?.dashboard ?? "",
      charts: ["Percent", "Demo Chart 2", "Demo Chart 1", "Coin trend", "Total Row"],
      screenshot: join(artifacts, "dashboard-airflow.png"),
    }),
  );
  for (const { title, state, text } of view.charts) {
    assert.equal(state, "drawn", `${title}: ${text}`);
  }
});

test("the web page lets the generated user in, and shows the DAG", async () => {
  await withService(outputs, "airflow", async (url) => {
    const browser = await launch();
    try {
      const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
      await page.goto(`${url}/`);
      await page.fill('input[name="username"]', outputs.airflowUsername);
      await page.fill('input[name="password"]', outputs.airflowPassword);
      await page.click('button[type="submit"]');
      await page.waitForURL((address) => !address.pathname.includes("/login"));
      await page.goto(`${url}/dags`);
      await page.getByText("Demo", { exact: true }).first().waitFor();
      await page.screenshot({ path: join(artifacts, "airflow.png") });
    } finally {
      await browser.close();
    }
  });
});

test("PRODUCER=standalone switches back, without losing or doubling an event", async () => {
  switchedBackAt = Math.floor(Date.now() / 60_000) * 60_000;
  await mustMake("up", { PRODUCER: "standalone" });
  assert.deepEqual(await deployments(), ["producer-demo"]);
  assert.equal(await messagesWithoutRow(), rowless);
  for (const { minute, rows, coins } of await minutes()) {
    assert.deepEqual([rows, coins], [4, 4], new Date(minute).toISOString());
  }
});
