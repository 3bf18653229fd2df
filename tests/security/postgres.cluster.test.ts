/** PostgreSQL lets each role into its own database alone, and never sees a password. TLS: tests/long/37-postgres-tls. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import { secretOf } from "../support/kubernetes";
import { passwordOf, psql, superset, superuser } from "../support/psql";
import { standUp } from "../support/stack";

let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});

test("a role reaches its own database with its own password, and no other", async () => {
  const own = await psql(outputs, superset);
  assert.ok(own.ok, own.output);
  const wrong = await psql(outputs, { ...superset, password: "wrong" });
  assert.match(wrong.output, /password authentication failed for user "superset"/);
  for (const database of ["postgres", "template1"]) {
    const { output } = await psql(outputs, { ...superset, database });
    assert.match(output, /no pg_hba.conf entry .*"superset", database "(postgres|template1)"/);
  }
  const open = await psql(
    outputs,
    superuser,
    "SELECT datname FROM pg_database WHERE datname = 'superset' AND has_database_privilege('pg_monitor', datname, 'CONNECT')",
  );
  assert.equal(open.output.trim(), "", "PUBLIC may connect");
});

test("the server stores SCRAM verifiers, and was told no password", async () => {
  const stored = await psql(
    outputs,
    superuser,
    "SELECT count(*) FROM pg_authid WHERE rolcanlogin AND rolpassword NOT LIKE 'SCRAM-SHA-256$%'",
  );
  assert.equal(stored.output.trim(), "0");
  const told = JSON.stringify([
    (await secretOf(outputs, "postgres-secret")).SUPERUSER_VERIFIER,
    (await secretOf(outputs, "postgres-databases-secret")).VERIFIER_superset,
  ]);
  assert.match(told, /SCRAM-SHA-256\$.*SCRAM-SHA-256\$/);
  for (const password of [
    await passwordOf(outputs, "postgres"),
    await passwordOf(outputs, "superset"),
  ]) {
    assert.ok(password.length >= 32);
    assert.ok(!told.includes(password));
  }
});
