/** PostgreSQL lets each role into its own database alone, never sees a password, and takes TLS connections alone where it is told to. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import { EditedFile } from "../support/edited-file";
import { coreApi, execInPod } from "../support/kubernetes";
import { make, mustMake, standUp } from "../support/stack";

let outputs: StackOutputs;
const values = new EditedFile("charts-values/postgres.local.yaml");

before(async () => {
  outputs = await standUp();
});
after(async () => {
  values.putBack();
  await mustMake("up");
});

/** A key of the newest Secret whose name begins so. */
async function secretOf(prefix: string, key: string): Promise<string> {
  const { items } = await (await coreApi()).listNamespacedSecret({ namespace: outputs.namespace });
  const found = items
    .filter(({ metadata }) => metadata?.name?.startsWith(prefix))
    .sort(
      (a, b) => Number(b.metadata?.creationTimestamp) - Number(a.metadata?.creationTimestamp),
    )[0];
  return Buffer.from(found?.data?.[key] ?? "", "base64").toString("utf8");
}

const passwordOf = {
  postgres: () => secretOf("postgres-databases-secret-", "PGPASSWORD"),
  superset: () => secretOf("superset-secret-", "DATABASE_PASSWORD"),
};

interface LogIn {
  readonly role: keyof typeof passwordOf;
  readonly database: string;
  readonly password?: string;
  /** Default: disable. */
  readonly sslMode?: string;
}

/** psql's answer to a query, asked within the server's own pod. */
async function ask({ role, database, password, sslMode = "disable" }: LogIn, query = "SELECT 1") {
  const login = `${role}:${password ?? (await passwordOf[role]())}`;
  return execInPod(outputs.namespace, "postgres-0", "postgres", [
    "/usr/lib/postgresql/15/bin/psql",
    `postgresql://${login}@127.0.0.1:5432/${database}?sslmode=${sslMode}`,
    "--tuples-only",
    "--no-align",
    `--command=${query}`,
  ]);
}

const superset = { role: "superset", database: "superset" } as const;
const superuser = { role: "postgres", database: "postgres" } as const;

test("a role reaches its own database with its own password, and no other", async () => {
  const own = await ask(superset);
  assert.ok(own.ok, own.output);
  const wrong = await ask({ ...superset, password: "wrong" });
  assert.match(wrong.output, /password authentication failed for user "superset"/);
  for (const database of ["postgres", "template1"]) {
    const { output } = await ask({ ...superset, database });
    assert.match(output, /no pg_hba.conf entry .*"superset", database "(postgres|template1)"/);
  }
  const open = await ask(
    superuser,
    "SELECT datname FROM pg_database WHERE datname = 'superset' AND has_database_privilege('pg_monitor', datname, 'CONNECT')",
  );
  assert.equal(open.output.trim(), "", "PUBLIC may connect");
});

test("the server stores SCRAM verifiers, and was told no password", async () => {
  const stored = await ask(
    superuser,
    "SELECT count(*) FROM pg_authid WHERE rolcanlogin AND rolpassword NOT LIKE 'SCRAM-SHA-256$%'",
  );
  assert.equal(stored.output.trim(), "0");
  const told = JSON.stringify([
    await secretOf("postgres-secret-", "SUPERUSER_VERIFIER"),
    await secretOf("postgres-databases-secret-", "VERIFIER_superset"),
  ]);
  assert.match(told, /SCRAM-SHA-256\$.*SCRAM-SHA-256\$/);
  for (const password of await Promise.all(Object.values(passwordOf).map((read) => read()))) {
    assert.ok(password.length >= 32);
    assert.ok(!told.includes(password));
  }
});

test("TLS is turned on in a running stack: connections in clear are refused, and the stack proves itself", async () => {
  values.write(`${values.original}tls: { enabled: true }\n`);
  await mustMake("up");
  const clear = await ask(superset);
  assert.match(clear.output, /no pg_hba.conf entry .*no encryption/);
  const unknown = await ask({ ...superset, sslMode: "verify-full" });
  assert.match(unknown.output, /root certificate file .* does not exist/);
  const encrypted = await ask(
    { ...superuser, sslMode: "require" },
    "SELECT string_agg(DISTINCT s.ssl::text, ' ') FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.usename = 'superset'",
  );
  assert.equal(encrypted.output.trim(), "true", "Superset's own connections");
  const proof = await make("verify");
  assert.equal(proof.exitCode, 0, proof.output);
});
