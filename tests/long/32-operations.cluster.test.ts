/** The stack's own metrics as a stream: rows of each metric, and a dashboard that shows them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { sentMetrics } from "../../exporter/operations";
import { operations } from "../../pipelines/operations";
import type { StackOutputs } from "../../verify/outputs";
import { visitDashboard } from "../support/dashboard-browser";
import { EditedFile } from "../support/edited-file";
import {
  artifacts,
  mustMake,
  readOutputs,
  sql,
  standUp,
  until,
  withService,
} from "../support/stack";
import { testStack } from "../support/test-stack";

const root = join(__dirname, "../..");
const stackFile = new EditedFile(`Pulumi.${testStack}.yaml`);
let outputs: StackOutputs;

before(async () => {
  await standUp();
  if (!stackFile.original.includes("operationsDashboard")) {
    stackFile.write(`${stackFile.original.trimEnd()}\n  operationsDashboard: true\n`);
    await mustMake("up");
  }
  outputs = await readOutputs();
});
/** The next test's `up` removes the stream with its data: see `standUp`. */
after(() => stackFile.putBack());

/** None has a sample on a stack that is well and has done little. */
const mayBeAbsent = [
  "druid_task_failed_count",
  "druid_segment_count",
  "druid_segment_unavailable_count",
];

test("each metric that is sent becomes rows", async () => {
  const wanted = sentMetrics
    .map(({ metric }) => metric)
    .filter((one) => !mayBeAbsent.includes(one));
  await until(
    "rows of each metric",
    async (say) => {
      const query = 'SELECT DISTINCT "metric" AS m FROM "operations" WHERE "probe_id" IS NULL';
      const rows = await withService(outputs, "druid", (url) => sql(url, query)).catch(() => []);
      const found = rows.map(({ m }) => m);
      const missing = wanted.filter((one) => !found.includes(one));
      say(`missing: ${missing.join(", ")}`);
      return missing.length === 0 || undefined;
    },
    300_000,
  );
});

test("what the dashboard shows of the demo is what the exporter told of it", async () => {
  const query = `SELECT MAX("value") AS v, COUNT(*) AS n FROM "operations"
    WHERE "metric" = 'stream_freshness_seconds' AND "subject" = 'demo' AND "probe_id" IS NULL`;
  const [row] = await withService(outputs, "druid", (url) => sql(url, query));
  assert.ok(
    Number(row?.n) > 0 && Number(row?.v) >= 0 && Number(row?.v) < 3_600,
    JSON.stringify(row),
  );
});

test("each chart of the dashboard Operations is drawn, and verify proves the stream", async () => {
  const titles = operations.dashboard?.rows.flat().map(({ title }) => title) ?? [];
  const view = await withService(outputs, "superset", (url) =>
    visitDashboard({
      url,
      username: outputs.supersetUsername,
      password: outputs.supersetPassword,
      slug: "operations",
      charts: titles,
      height: 2_400,
      timeoutMs: 180_000,
      screenshot: process.env.UPDATE_DOCS
        ? join(root, "docs", "operations.png")
        : join(artifacts, "operations.png"),
    }),
  );
  assert.deepEqual(
    view.charts.map(({ title, state }) => ({ title, state })),
    titles.map((title) => ({ title, state: "drawn" })),
    JSON.stringify(view.charts, null, 2),
  );
  assert.deepEqual(view.errors, []);
  const { output } = await mustMake("verify");
  assert.match(output, /Stream operations: every link holds/);
});
