/** A PostgreSQL that is told to takes TLS connections alone, and its clients check its certificate. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import { EditedFile } from "../support/edited-file";
import { psql, superset, superuser } from "../support/psql";
import { mustMake, standUp } from "../support/stack";

const values = new EditedFile("charts-values/postgres.local.yaml");
let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});
after(async () => {
  values.putBack();
  await mustMake("up");
});

test("TLS is turned on in a running stack: connections in clear are refused, and the stack proves itself", async () => {
  values.write(`${values.original}tls: { enabled: true }\n`);
  await mustMake("up");
  const clear = await psql(outputs, superset);
  assert.match(clear.output, /no pg_hba.conf entry .*no encryption/);
  const unknown = await psql(outputs, { ...superset, sslMode: "verify-full" });
  assert.match(unknown.output, /root certificate file .* does not exist/);
  const encrypted = await psql(
    outputs,
    { ...superuser, sslMode: "require" },
    "SELECT string_agg(DISTINCT s.ssl::text, ' ') FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.usename = 'superset'",
  );
  assert.equal(encrypted.output.trim(), "true", "Superset's own connections");
  await mustMake("verify");
});
