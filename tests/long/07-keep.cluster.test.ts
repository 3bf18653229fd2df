import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseDocument } from "yaml";
import { objectsOf } from "../../resources/json";
import { request, type Session } from "../../resources/superset/api";
import { withSession } from "../../resources/superset/session";
import type { StackOutputs } from "../../verify/outputs";
import { addDruidUser } from "../support/druid-user";
import { readState } from "../support/interrupted-run";
import { assertNothingOrphaned } from "../support/inventory";
import { readNamespace } from "../support/kubernetes";
import {
  make,
  mustMake,
  readOutputs,
  sql,
  standUp,
  testStack,
  until,
  withService,
} from "../support/stack";
import { listLeftovers, run } from "../support/teardown";

const stackFile = join(__dirname, `../../Pulumi.${testStack}.yaml`);
const config = readFileSync(stackFile, "utf8");

let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});
after(() => writeFileSync(stackFile, config));

function setDataOnDestroy(value: "keep" | "delete"): void {
  const document = parseDocument(readFileSync(stackFile, "utf8"));
  document.setIn(["config", "dataOnDestroy"], value);
  writeFileSync(stackFile, document.toString());
}

const superset = <T>(
  use: (session: Session) => Promise<T>,
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

/** Count and sum of the rows before a moment. Later events don't change them. */
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
  await addDruidUser(outputs, "somebody", "stored-secret");
  await superset(async (session) => {
    const post = (path: string, json: object) =>
      request(session, { method: "POST", path, about: path, json });
    await post("/api/v1/dashboard/", { dashboard_title: "By hand", slug: "by-hand" });
    await post("/api/v1/database/", {
      database_name: "By hand",
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
    // Superset decrypts the stored password to build the connection's address.
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
  const clean = listLeftovers(outputs.namespace);
  assert.equal(clean.code, 0, clean.output);
  writeFileSync(stackFile, config);
  outputs = await standUp();
  await assertNothingOrphaned(outputs);
});
