/** Metadata in a PostgreSQL server outside the stack. The server of the tests' stack stands in for a cloud's. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import { coreApi, execInPod, networkingApi, unlessMissing } from "../support/kubernetes";
import { OwnStack, root } from "../support/own-stack";
import { standUp } from "../support/stack";

const stack = new OwnStack("external");
const database = `realtime_analytics_${stack.name.replaceAll("-", "_")}_superset`;

let owner: StackOutputs;
let superuserPassword = "";
/** The owner's namespace is shut to others: lets this stack's pods reach the server. */
const policy = "postgres-from-external";

before(async () => {
  owner = await standUp();
  await removePolicy();
  await (await networkingApi()).createNamespacedNetworkPolicy({
    namespace: owner.namespace,
    body: {
      metadata: { name: policy },
      spec: {
        podSelector: { matchLabels: { "app.kubernetes.io/name": "postgres" } },
        policyTypes: ["Ingress"],
        ingress: [
          {
            _from: [
              {
                namespaceSelector: {
                  matchLabels: { "kubernetes.io/metadata.name": stack.namespace },
                },
              },
            ],
          },
        ],
      },
    },
  });
  const { items } = await (await coreApi()).listNamespacedSecret({ namespace: owner.namespace });
  const secret = items.find(({ metadata }) =>
    metadata?.name?.startsWith("postgres-databases-secret-"),
  );
  superuserPassword = Buffer.from(secret?.data?.PGPASSWORD ?? "", "base64").toString();
  stack.declare();
  appendFileSync(
    join(root, `Pulumi.${stack.name}.yaml`),
    [
      "  producerMode: none",
      `  postgresUrl: postgresql://postgres@postgres.${owner.namespace}.svc.cluster.local`,
      "",
    ].join("\n"),
  );
  execFileSync("scripts/pulumi", ["config", "set", "--secret", "postgresPassword"], {
    cwd: root,
    env: { ...process.env, STACK: stack.name },
    input: superuserPassword,
    stdio: ["pipe", "inherit", "inherit"],
    timeout: 60_000,
  });
});
after(async () => {
  await stack.make("down");
  await askServer("postgres", `DROP DATABASE IF EXISTS ${database}`);
  await askServer("postgres", `DROP ROLE IF EXISTS ${database}`);
  await removePolicy();
  stack.forget();
});

async function removePolicy(): Promise<void> {
  const named = { namespace: owner.namespace, name: policy };
  await unlessMissing((await networkingApi()).deleteNamespacedNetworkPolicy(named));
}

/** The answer of psql to a query by the server's superuser. */
async function askServer(name: string, query: string): Promise<string> {
  const { ok, output } = await execInPod(owner.namespace, "postgres-0", "postgres", [
    "/usr/lib/postgresql/15/bin/psql",
    `postgresql://postgres:${superuserPassword}@127.0.0.1:5432/${name}`,
    "--tuples-only",
    "--no-align",
    `--command=${query}`,
  ]);
  assert.ok(ok, output);
  return output.trim();
}

test("the stack has no server, its databases are made in the other one, and a destroy leaves them", async () => {
  await stack.make("up");
  assert.deepEqual(
    Object.keys(await stack.pods()).filter((pod) => pod.startsWith("postgres")),
    [],
  );
  assert.equal(
    await askServer("postgres", `SELECT rolsuper FROM pg_roles WHERE rolname = '${database}'`),
    "f",
  );
  const slugs = () => askServer(database, "SELECT slug FROM dashboards");
  assert.equal(await slugs(), "real-time-druid");

  const again = await stack.make("up");
  assert.doesNotMatch(again.output, / (created|updated|replaced|deleted)\b/);

  await stack.make("down");
  assert.match(
    await askServer("postgres", "SELECT datname FROM pg_database"),
    new RegExp(`^${database}$`, "m"),
  );
});
