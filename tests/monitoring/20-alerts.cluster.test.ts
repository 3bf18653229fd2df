/** Alerts fire when their trouble is made, and clear when it is over. The others: tests/long/30-alerts.cluster.test.ts. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { grafanaQueries } from "../../components/monitoring/grafana";
import type { StackOutputs } from "../../verify/outputs";
import { clears, fires, query } from "../support/alerts";
import { scaleByHand } from "../support/kubernetes";
import { outOfBand } from "../support/out-of-band";
import { standUp, until, withKafkaClient } from "../support/stack";

let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});

const supervisor = "/druid/indexer/v1/supervisor/demo";
const druid = (path: string) => outOfBand(outputs, (apis) => apis.druid("POST", path));
const stream = "demo";

// 10-metrics has sent malformed messages, of which is told for five minutes.
test("Prometheus scrapes each pod that has metrics, and nothing else fires on a stack that is well", async () => {
  for (const app of ["exporter", "producer", "postgres", "prometheus"]) {
    await until(`a scrape of ${app}`, async (say) => {
      const up = await query(outputs, `up{app="${app}"} == 1`);
      say(JSON.stringify(await query(outputs, "up")));
      return up.length > 0 || undefined;
    });
  }
  await until(
    "no alert that fires",
    async (say) => {
      const firing = 'ALERTS{alertstate="firing",alertname!="StreamMessagesMalformed"}';
      const found = await query(outputs, firing);
      say(JSON.stringify(found));
      return found.length === 0 || undefined;
    },
    // Failed tasks of earlier tests are counted over ten minutes.
    660_000,
  );
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

test("malformed messages and Superset's end are told, and that Superset is back", async () => {
  await withKafkaClient(outputs, async (kafka) => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({ topic: "demo", acks: -1, messages: [{ value: "{" }] });
    await producer.disconnect();
  });
  await scaleByHand(outputs, "superset", 0);
  try {
    await Promise.all([
      fires(outputs, { alert: "SupersetDown" }, 90_000),
      fires(outputs, { alert: "StreamMessagesMalformed", labels: { stream } }, 150_000),
    ]);
  } finally {
    await scaleByHand(outputs, "superset", 1);
  }
  await clears(outputs, { alert: "SupersetDown" }, 150_000);
});
