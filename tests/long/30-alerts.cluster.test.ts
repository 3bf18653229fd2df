/** Alerts whose trouble takes minutes to make, fire and clear. The others: tests/monitoring/20-alerts.cluster.test.ts. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import { clears, fires, query, type Wanted } from "../support/alerts";
import { EditedFile } from "../support/edited-file";
import { annotatePods, scaleByHand, scaleSetByHand } from "../support/kubernetes";
import { mustMake, standUp } from "../support/stack";

const limitMs = 300_000;
const values = new EditedFile("charts-values/producer.local.yaml");
let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});
after(() => values.putBack());

/** Makes a trouble, waits for its alerts, ends it, and waits until they are over. */
async function firesDuring(
  alerts: readonly Wanted[],
  begin: () => Promise<void>,
  end: () => Promise<void>,
): Promise<void> {
  await begin();
  try {
    for (const alert of alerts) await fires(outputs, alert, limitMs);
  } finally {
    await end();
  }
  // Errors are counted over five minutes.
  for (const alert of alerts) await clears(outputs, alert, 2 * limitMs);
}

test("Druid's router down: the service, and the exporter's questions to it", async () => {
  await firesDuring(
    [
      { alert: "DruidServiceDown", labels: { service: "druid/router" } },
      { alert: "ExporterScrapeErrors", labels: { source: "streams" } },
    ],
    () => scaleByHand(outputs, "druid-router", 0),
    () => scaleByHand(outputs, "druid-router", 1),
  );
});

test("PostgreSQL down", async () => {
  await firesDuring(
    [{ alert: "PostgresDown" }],
    () => scaleSetByHand(outputs, "postgres", 0),
    () => scaleSetByHand(outputs, "postgres", 1),
  );
});

test("the exporter down", async () => {
  await firesDuring(
    [{ alert: "ExporterDown" }],
    () => scaleByHand(outputs, "exporter", 0),
    () => scaleByHand(outputs, "exporter", 1),
  );
});

test("a producer that gives no metrics at the port that its pod names", async () => {
  const [up] = await query(outputs, 'up{app="producer"}');
  const port = up?.instance?.split(":").at(-1);
  assert.ok(port, "no producer is scraped");
  const name = (value: string) =>
    annotatePods(outputs, "producer", { "prometheus.io/port": value });
  await firesDuring(
    [{ alert: "TargetDown", labels: { app: "producer" } }],
    () => name("9"),
    () => name(port),
  );
});

test("Kafka down: the buffer of a producer that keeps 40 events fills", async () => {
  values.write(`${values.original}maxBufferedMessages: 40\n`);
  await mustMake("up");
  await firesDuring(
    [
      { alert: "ProducerBufferFull" },
      { alert: "ExporterScrapeErrors", labels: { source: "kafka" } },
    ],
    () => scaleSetByHand(outputs, "kafka", 0),
    () => scaleSetByHand(outputs, "kafka", 1),
  );
});

test("what the test changed by hand is as the program says", async () => {
  values.putBack();
  await mustMake("refresh");
  await mustMake("up");
  await mustMake("verify");
});
