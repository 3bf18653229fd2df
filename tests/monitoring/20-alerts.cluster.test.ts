/** Alerts fire when their trouble is made, and clear when it is over. The others: tests/long/30-alerts.cluster.test.ts. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { grafanaQueries } from "../../components/monitoring/grafana";
import type { StackOutputs } from "../../verify/outputs";
import { clears, fires, query } from "../support/alerts";
import { outOfBand } from "../support/out-of-band";
import { standUp, until } from "../support/stack";

let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});

const supervisor = "/druid/indexer/v1/supervisor/demo";
const druid = (path: string) => outOfBand(outputs, (apis) => apis.druid("POST", path));
const stream = "demo";

test("Prometheus scrapes each pod that has metrics", async () => {
  for (const app of ["exporter", "producer", "postgres", "prometheus"]) {
    await until(`a scrape of ${app}`, async (say) => {
      const up = await query(outputs, `up{app="${app}"} == 1`);
      say(JSON.stringify(await query(outputs, "up")));
      return up.length > 0 || undefined;
    });
  }
});

test("every query of Grafana's dashboards returns data", async () => {
  for (const { title, expr } of grafanaQueries) {
    await until(
      `data of "${title}"`,
      async (say) => {
        say(expr);
        return (await query(outputs, expr)).length > 0 || undefined;
      },
      120_000,
    );
  }
});

test("a stream that stands still is told within 60 s", async (t) => {
  const wanted = { alert: "StreamStandsStill", labels: { stream } };
  await druid(`${supervisor}/suspend`);
  try {
    const ms = await fires(outputs, wanted, 90_000);
    t.diagnostic(`it fired ${ms} ms after the supervisor was suspended`);
    assert.ok(ms <= 60_000, `it took ${ms} ms`);
  } finally {
    await druid(`${supervisor}/resume`);
  }
  await clears(outputs, wanted, 120_000);
});
