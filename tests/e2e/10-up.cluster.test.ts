import assert from "node:assert/strict";
import { before, test } from "node:test";
import { z } from "zod";
import { fetchAs } from "../../resources/http-login";
import type { StackOutputs } from "../../verify/outputs";
import { query } from "../support/alerts";
import { coreApi } from "../support/kubernetes";
import { make, standUp, until, withService } from "../support/stack";

let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});

async function podIds(): Promise<string[]> {
  const pods = await (await coreApi()).listNamespacedPod({ namespace: outputs.namespace });
  return pods.items.map((pod) => `${pod.metadata?.name} ${pod.metadata?.uid}`).sort();
}

const tasks = z.array(z.object({ id: z.string() }));

function runningTasks(): Promise<string[]> {
  return withService(outputs, "druid", async (url) => {
    const response = await fetchAs(`${url}/druid/indexer/v1/runningTasks`);
    return tasks
      .parse(await response.json())
      .map(({ id }) => id)
      .sort();
  });
}

test("a second up changes nothing: no pod is replaced, no Druid task is restarted", async () => {
  const before = { pods: await podIds(), tasks: await runningTasks() };
  assert.ok(before.tasks.length > 0, "Druid runs no ingestion task");

  const run = await make("up");

  assert.equal(run.exitCode, 0, run.output);
  assert.match(run.output, /^Resources:\n {4}\d+ unchanged\n/m, run.output);
  assert.deepEqual({ pods: await podIds(), tasks: await runningTasks() }, before);
});

test("every pod is ready, has not restarted, and its namespace enforces the restricted Pod Security profile", async () => {
  const namespace = await (await coreApi()).readNamespace({ name: outputs.namespace });
  assert.equal(namespace.metadata?.labels?.["pod-security.kubernetes.io/enforce"], "restricted");
  const pods = await (await coreApi()).listNamespacedPod({ namespace: outputs.namespace });
  const services = pods.items.filter((pod) => pod.status?.phase !== "Succeeded");
  for (const pod of services) {
    const ready = pod.status?.conditions?.find(({ type }) => type === "Ready")?.status;
    assert.equal(ready, "True", `${pod.metadata?.name} is not ready`);
    for (const container of pod.status?.containerStatuses ?? []) {
      assert.equal(container.restartCount, 0, `${pod.metadata?.name} restarted`);
    }
  }
});

test("no secret stands in a ConfigMap, a pod's spec or the outputs without SHOW_SECRETS", async () => {
  const masked = await make("outputs");
  assert.equal(masked.exitCode, 0, masked.output);
  assert.ok(!masked.output.includes(outputs.supersetPassword), "the outputs show the password");
  assert.ok(!masked.output.includes(outputs.druidPassword), "the outputs show Druid's password");

  const secrets = await (await coreApi()).listNamespacedSecret({ namespace: outputs.namespace });
  const values = secrets.items
    .flatMap((secret) => Object.values(secret.data ?? {}))
    .map((value) => Buffer.from(value, "base64").toString())
    .filter((value) => value.length >= 12);
  assert.ok(values.includes(outputs.supersetPassword), "the password is not in a Secret");
  const maps = await (await coreApi()).listNamespacedConfigMap({ namespace: outputs.namespace });
  const pods = await (await coreApi()).listNamespacedPod({ namespace: outputs.namespace });
  const text = JSON.stringify([maps.items, pods.items.map((pod) => pod.spec)]);
  for (const value of values) {
    assert.ok(!text.includes(value), "a secret value stands in the clear");
  }
});

test("no alert fires", async () => {
  await until(
    "no alert that fires",
    async (say) => {
      const found = await query(outputs, 'ALERTS{alertstate="firing"}');
      say(JSON.stringify(found));
      return found.length === 0 || undefined;
    },
    // What was not ready yet when it was first scraped clears within minutes.
    300_000,
  );
});
