import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AppsV1Api } from "@kubernetes/client-node";
import { parseDocument } from "yaml";
import { request } from "../../resources/superset/api";
import { objectsOf } from "../../resources/superset/json";
import { withSession } from "../../resources/superset/session";
import type { StackOutputs } from "../../verify/outputs";
import {
  make,
  mustMake,
  readOutputs,
  sql,
  standUp,
  testStack,
  until,
  withService,
} from "../e2e/stack";
import { readState, startEngine } from "./interrupted-run";
import { assertNothingOrphaned } from "./inventory";
import { coreApi, kubeConfig, readNamespace } from "./kubernetes";

const root = join(__dirname, "../..");
const streamFile = join(root, "pipelines/orders.ts");
const stackFile = join(root, `Pulumi.${testStack}.yaml`);
const config = readFileSync(stackFile, "utf8");
const foreignVolume = `foreign-${testStack}`;

let outputs: StackOutputs;
before(async () => {
  assert.ok(!existsSync(streamFile), `${streamFile} is in the way: the test writes it`);
  outputs = await standUp();
});
after(async () => {
  rmSync(streamFile, { force: true });
  writeFileSync(stackFile, config);
  await coreApi()
    .deletePersistentVolume({ name: foreignVolume })
    .catch(() => undefined);
});

/** Runs the engine, bounded; gives its output and how long it took. */
async function run(
  command: "up" | "destroy",
): Promise<{ code: number | null; output: string; seconds: number }> {
  const started = Date.now();
  const watched = startEngine(command);
  const { code } = await watched.ended;
  return { code, output: watched.output(), seconds: (Date.now() - started) / 1000 };
}

/** The line in which a resource is deleted. */
function turnOf(output: string, name: string): number {
  const lines = output.split("\n");
  const index = lines.findIndex((line) => new RegExp(`^ - +\\S+ ${name} deleted`).test(line));
  assert.ok(index >= 0, `${name} was not deleted:\n${output}`);
  return index;
}

async function scaleToNothing(): Promise<void> {
  const { namespace } = outputs;
  const apps = kubeConfig().makeApiClient(AppsV1Api);
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
  const pods = (await coreApi().listNamespacedPod({ namespace })).items;
  for (const { metadata } of pods.filter((pod) => isDead(pod.metadata?.name))) {
    const name = metadata?.name ?? "";
    await coreApi()
      .deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 })
      .catch(() => undefined);
  }
  await until("the services to be dead", async () => {
    const left = (await coreApi().listNamespacedPod({ namespace })).items;
    return left.some((pod) => isDead(pod.metadata?.name)) ? undefined : true;
  });
}

function listLeftovers(): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      "scripts/launch.cjs",
      "scripts/leftovers.ts",
      "--namespace",
      outputs.namespace,
      "--timeout-seconds",
      "30",
    ],
    { cwd: root, encoding: "utf8", env: process.env },
  );
  return { code: status, output: stdout + stderr };
}

test("a stream can't be taken away while Kafka, Druid and Superset are dead: the error names the service, within a bound", async () => {
  const page = readFileSync(join(root, "docs/add-a-stream.md"), "utf8");
  writeFileSync(streamFile, /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? "");
  await mustMake("up");
  rmSync(streamFile);
  await scaleToNothing();

  const { code, output, seconds } = await run("up");
  assert.equal(code, 1, output);
  assert.match(output, /error: [^\n]*(superset|druid-router)/i);
  assert.ok(seconds < 90, `it took ${seconds} s`);
  assert.ok(readState().resources.some(({ urn }) => urn.endsWith("::orders-topic")));
});

test("with all three dead the stack still goes, in order and within 120 s, with what lived inside", async () => {
  const { code, output, seconds } = await run("destroy");
  assert.equal(code, 0, output);
  assert.ok(seconds <= 120, `it took ${seconds} s`);
  console.log(`destroy with Kafka, Druid and Superset dead: ${seconds.toFixed(1)} s`);
  const orders: string[][] = [
    ["producer-deployment", "demo-topic", "kafka-nodes", "analytics-namespace"],
    ["demo-dashboard", "demo-chart-total", "demo-dataset", "services-database", "superset-web"],
    ["demo-ingestion", "demo-topic"],
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
  await coreApi().createPersistentVolume({
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
  const found = listLeftovers();
  assert.equal(found.code, 1);
  assert.match(found.output, new RegExp(`volume ${foreignVolume} of somebody-elses`));
  assert.equal(
    found.output.match(/^ {2}/gm)?.length,
    1,
    `more than that is left:\n${found.output}`,
  );
  await coreApi().deletePersistentVolume({ name: foreignVolume });
  const clean = listLeftovers();
  assert.equal(clean.code, 0, clean.output);
  assert.match(clean.output, /Nothing is left/);
});

function setDataOnDestroy(value: "keep" | "delete"): void {
  const document = parseDocument(readFileSync(stackFile, "utf8"));
  document.setIn(["config", "realtime-analytics:dataOnDestroy"], value);
  writeFileSync(stackFile, document.toString());
}

const superset = <T>(
  use: (session: import("../../resources/superset/api").Session) => Promise<T>,
  user?: { username: string; password: string },
) =>
  withSession(
    {
      connection: { kubernetes: { ...outputs.services.superset, namespace: outputs.namespace } },
      username: user?.username ?? outputs.supersetUsername,
      password: user?.password ?? outputs.supersetPassword,
    },
    use,
  );

/** Count and sum of the rows before a moment, which no later event changes. */
function rowsUntil(moment: string): Promise<Record<string, unknown>> {
  const query = `SELECT COUNT(*) AS "n", SUM("data_id") AS "total" FROM "demo" WHERE __time < TIMESTAMP '${moment}'`;
  return withService(outputs, "druid", (url) =>
    until("the rows", async (say) => {
      const [row] = await sql(url, query).catch((error: Error) => {
        say(error.message);
        return [];
      });
      return row && Number(row.n) > 0 ? row : undefined;
    }),
  );
}

const person = { username: "kept-user", password: "kept-through-destroy" };

test("dataOnDestroy keep: after down and up the rows are there, and what people made in Superset, users included", async () => {
  setDataOnDestroy("keep");
  await mustMake("up");
  outputs = await readOutputs();
  const moment = new Date(Date.now() - 1000).toISOString().slice(0, 19).replace("T", " ");
  const rows = await until("rows before the moment", async () => rowsUntil(moment));
  await superset(async (session) => {
    const post = (path: string, json: object) =>
      request(session, { method: "POST", path, about: path, json });
    await post("/api/v1/dashboard/", { dashboard_title: "By hand", slug: "by-hand" });
    await post("/api/v1/database/", {
      database_name: "By hand",
      // Druid asks for no password here; Superset stores it encrypted all the same.
      sqlalchemy_uri: "druid://somebody:stored-secret@druid-broker:8082/druid/v2/sql/",
    });
    const roles = await request(session, {
      method: "GET",
      path: "/api/v1/security/roles/?q=(page_size:100)",
      about: "the roles",
    });
    const gamma = objectsOf(roles.result).find(({ name }) => name === "Gamma");
    await post("/api/v1/security/users/", {
      ...person,
      first_name: "Kept",
      last_name: "User",
      email: "kept-user@localhost",
      active: true,
      roles: [gamma?.id],
    });
  });

  const down = await make("down");
  assert.equal(down.exitCode, 0, down.output);
  assert.match(down.output, /Kept, as dataOnDestroy says/);
  for (const kept of [
    `namespace ${outputs.namespace}`,
    "of data-kafka-0",
    "of data-postgres-0",
    "of druid-deep-storage",
    "secret superset-secret-key",
  ]) {
    assert.ok(down.output.includes(kept), `"${kept}" is not in:\n${down.output}`);
  }
  assert.deepEqual(readState(), { resources: [], pending: [] });

  await mustMake("up");
  outputs = await readOutputs();
  assert.deepEqual(
    await until("all rows", async (say) => {
      const found = await rowsUntil(moment);
      say(JSON.stringify(found));
      return Number(found.n) >= Number(rows.n) ? found : undefined;
    }),
    rows,
  );
  await superset(async (session) => {
    const list = async (path: string) =>
      objectsOf((await request(session, { method: "GET", path, about: path })).result);
    const dashboards = (await list("/api/v1/dashboard/")).map(({ slug }) => slug).sort();
    assert.deepEqual(dashboards, ["by-hand", "real-time-druid"]);
    const databases = await list("/api/v1/database/");
    assert.deepEqual(databases.map(({ database_name }) => database_name).sort(), [
      "By hand",
      "Druid",
    ]);
    // Its stored password is decrypted to build the address that a connection uses.
    const byHand = databases.find(({ database_name }) => database_name === "By hand");
    const connection = await request(session, {
      method: "GET",
      path: `/api/v1/database/${byHand?.id}/connection`,
      about: "the database made by hand",
    });
    assert.match(JSON.stringify(connection), /somebody/);
    await request(session, {
      method: "DELETE",
      path: `/api/v1/database/${byHand?.id}`,
      about: "the database made by hand",
    });
  });
  await superset(async () => undefined, person);
});

test("dataOnDestroy delete again: down leaves nothing of what was kept, within 90 s", async () => {
  setDataOnDestroy("delete");
  await mustMake("up");
  outputs = await readOutputs();
  const { code, output, seconds } = await run("destroy");
  assert.equal(code, 0, output);
  assert.ok(seconds <= 90, `it took ${seconds} s`);
  console.log(`destroy: ${seconds.toFixed(1)} s`);
  assert.equal(await readNamespace(outputs), undefined);
  const clean = listLeftovers();
  assert.equal(clean.code, 0, clean.output);
  writeFileSync(stackFile, config);
  outputs = await standUp();
  await assertNothingOrphaned(outputs);
});
