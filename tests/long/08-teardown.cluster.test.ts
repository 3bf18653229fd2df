import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AppsV1Api } from "@kubernetes/client-node";
import type { StackOutputs } from "../../verify/outputs";
import { readState } from "../support/interrupted-run";
import { coreApi, kubeConfig } from "../support/kubernetes";
import { mustMake, standUp, testStack, until } from "../support/stack";
import { listLeftovers, run } from "../support/teardown";

const root = join(__dirname, "../..");
const streamFile = join(root, "pipelines/orders.ts");
const foreignVolume = `foreign-${testStack}`;

let outputs: StackOutputs;
before(async () => {
  assert.ok(!existsSync(streamFile), `${streamFile} is in the way: the test writes it`);
  outputs = await standUp();
});
after(async () => {
  rmSync(streamFile, { force: true });
  await (await coreApi()).deletePersistentVolume({ name: foreignVolume }).catch(() => undefined);
});

/** The line in which a resource is deleted. */
function turnOf(output: string, name: string): number {
  const lines = output.split("\n");
  const index = lines.findIndex((line) => new RegExp(`^ - +\\S+ ${name} deleted`).test(line));
  assert.ok(index >= 0, `${name} was not deleted:\n${output}`);
  return index;
}

async function scaleToNothing(): Promise<void> {
  const { namespace } = outputs;
  const core = await coreApi();
  const apps = (await kubeConfig()).makeApiClient(AppsV1Api);
  const none = { body: [{ op: "replace", path: "/spec/replicas", value: 0 }], namespace };
  const isDead = (name = "") => /^(druid-|kafka|superset)/.test(name);
  for (const { metadata } of (await apps.listNamespacedStatefulSet({ namespace })).items) {
    const name = metadata?.name ?? "";
    if (isDead(name)) await apps.patchNamespacedStatefulSet({ ...none, name });
  }
  for (const { metadata } of (await apps.listNamespacedDeployment({ namespace })).items) {
    const name = metadata?.name ?? "";
    if (isDead(name)) await apps.patchNamespacedDeployment({ ...none, name });
  }
  const pods = (await core.listNamespacedPod({ namespace })).items;
  for (const { metadata } of pods.filter((pod) => isDead(pod.metadata?.name))) {
    const name = metadata?.name ?? "";
    await core
      .deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 })
      .catch(() => undefined);
  }
  await until("the services to be dead", async () => {
    const left = (await core.listNamespacedPod({ namespace })).items;
    return left.some((pod) => isDead(pod.metadata?.name)) ? undefined : true;
  });
}

test("a stream can't be removed while Kafka, Druid and Superset are dead: the error names the service, within a bound", async () => {
  const page = readFileSync(join(root, "docs/add-a-stream.md"), "utf8");
  writeFileSync(streamFile, /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? "");
  await mustMake("up");
  rmSync(streamFile);
  await scaleToNothing();

  const { code, output, seconds } = await run("up");
  assert.equal(code, 1, output);
  assert.match(output, /error: [^\n]*(kafka|druid-router)/i);
  assert.ok(seconds < 90, `it took ${seconds} s`);
  assert.ok(readState().resources.some(({ urn }) => urn.endsWith("::orders-topic")));
});

test("with all three dead the stack still goes, in order and within 120 s, with what lived inside", async () => {
  const { code, output, seconds } = await run("destroy");
  assert.equal(code, 0, output);
  assert.ok(seconds <= 120, `it took ${seconds} s`);
  console.log(`destroy with Kafka, Druid and Superset dead: ${seconds.toFixed(1)} s`);
  const orders: string[][] = [
    [
      "producer-demo-deployment",
      "demo-dashboard",
      "demo-chart-total",
      "demo-dataset",
      "demo-ingestion",
    ],
    ["demo-ingestion", "demo-topic", "kafka-nodes", "analytics-namespace"],
    ["demo-dataset", "services-database", "superset-web"],
    ["demo-ingestion", "druid-coordinator", "druid-deep-storage", "analytics-namespace"],
    ["superset-web", "analytics-namespace"],
    ["analytics-namespace", "postgres-superuser-password"],
  ];
  for (const order of orders) {
    const turns = order.map((name) => turnOf(output, name));
    assert.deepEqual(
      turns,
      turns.toSorted((a, b) => a - b),
      `not in the order ${order.join(" → ")}`,
    );
  }
  assert.deepEqual(readState(), { resources: [], pending: [] });
});

test("what is left after a destroy is printed, and an empty list is a proof", async () => {
  const claimRef = { namespace: outputs.namespace, name: "somebody-elses" };
  await (await coreApi()).createPersistentVolume({
    body: {
      metadata: { name: foreignVolume },
      spec: {
        capacity: { storage: "1Mi" },
        accessModes: ["ReadWriteOnce"],
        persistentVolumeReclaimPolicy: "Retain",
        storageClassName: "none",
        hostPath: { path: "/nonexistent" },
        claimRef,
      },
    },
  });
  const found = listLeftovers(outputs.namespace);
  assert.equal(found.code, 1);
  assert.match(found.output, new RegExp(`volume ${foreignVolume} of somebody-elses`));
  assert.equal(
    found.output.match(/^ {2}/gm)?.length,
    1,
    `more than that is left:\n${found.output}`,
  );
  await (await coreApi()).deletePersistentVolume({ name: foreignVolume });
  const clean = listLeftovers(outputs.namespace);
  assert.equal(clean.code, 0, clean.output);
  assert.match(clean.output, /Nothing is left/);
});
