import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import { listChanges, permitDeletion, takeBackPermission } from "../support/delete-data";
import { assertNothingOrphaned, supervisors, topics } from "../support/inventory";
import { coreApi } from "../support/kubernetes";
import { changes } from "../support/run-output";
import { mustMake, readOutputs, standUp } from "../support/stack";

const file = join(__dirname, "../../pipelines/demo.ts");
const original = readFileSync(file, "utf8");

let others: string[];

before(async () => {
  others = await podsWithoutProducer(await standUp());
  rmSync(file);
  permitDeletion("topic/demo", "datasource/demo");
});
after(() => {
  writeFileSync(file, original);
  takeBackPermission();
});

/** All that belongs to the demo: the sender's own objects, and those that all senders share, too. */
const ofTheDemo = [
  "analytics-producer-policy",
  "demo",
  "demo-chart-bars",
  "demo-chart-lines",
  "demo-chart-percent",
  "demo-chart-total",
  "demo-chart-trend",
  "demo-dashboard",
  "demo-dataset",
  "demo-druid-access",
  "demo-ingestion",
  "demo-producer-access",
  "demo-topic",
  "kafka-producer",
  "kafka-producer-password",
  "producer",
  "producer-demo-deployment",
  "producer-demo-stream",
  "producer-image",
  "producer-kafka-login",
];

/** The UIDs of the running pods that aren't the producer's. */
async function podsWithoutProducer({ namespace }: StackOutputs): Promise<string[]> {
  const { items } = await (await coreApi()).listNamespacedPod({ namespace });
  return items
    .filter(({ metadata }) => !metadata?.name?.startsWith("producer-"))
    .filter(({ status }) => status?.phase === "Running")
    .map(({ metadata }) => metadata?.uid ?? "")
    .sort();
}

test("without pipelines/demo.ts up removes what the demo had, its sender first, and nothing else", async () => {
  const run = await mustMake("up");
  assert.deepEqual(
    changes(run.output),
    [...ofTheDemo.map((name) => `- ${name}`), ...listChanges].sort(),
    run.output,
  );
  const deleted = (name: string) => run.output.search(new RegExp(` ${name} deleted \\(`));
  assert.ok(deleted("producer-demo-deployment") < deleted("demo-dashboard"), run.output);
  assert.ok(deleted("demo-ingestion") < deleted("demo-topic"), run.output);
  const outputs = await readOutputs();
  assert.deepEqual(outputs.pipelines, {});
  assert.deepEqual(await topics(outputs), []);
  assert.deepEqual(await supervisors(outputs), []);
  assert.deepEqual(await podsWithoutProducer(outputs), others);
  await assertNothingOrphaned(outputs);
});

test("a stack without streams is verified, and a further up finds nothing to do", async () => {
  await mustMake("verify");
  const run = await mustMake("up");
  assert.deepEqual(changes(run.output), [], run.output);
});

test("with the file again the demo is made and its events come", async () => {
  writeFileSync(file, original);
  takeBackPermission();
  const run = await mustMake("up");
  assert.deepEqual(
    changes(run.output),
    [...ofTheDemo.map((name) => `+ ${name}`), ...listChanges].sort(),
    run.output,
  );
  assert.match(run.output, /Stream demo: [1-9]\d* rows in Druid/);
  const outputs = await readOutputs();
  assert.deepEqual(await podsWithoutProducer(outputs), others);
});
