/** Druid answers nobody without a password, and every user within its rights. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { z } from "zod";
import { openHttp } from "../../resources/connection";
import {
  iterationsOf,
  passwordIterations,
  permissionsOf,
  removeUser,
} from "../../resources/druid/users";
import { fetchAs, type Login, splitLogin, withLogin } from "../../resources/http-login";
import type { StackOutputs } from "../../verify/outputs";
import { addDruidUser, userStore } from "../support/druid-user";
import { askDruid } from "../support/own-stack";
import { mustMake, sql, standUp, until, withService } from "../support/stack";

let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});

const spec = {
  dataSchema: {
    dataSource: "intruder",
    timestampSpec: { column: "t", format: "auto", missingValue: "2026-01-01T00:00:00Z" },
    dimensionsSpec: {},
  },
  tuningConfig: { type: "index" },
};
const sampler = (inputSource: object) => ({
  type: "index",
  spec: {
    ...spec,
    type: "index",
    ioConfig: {
      type: "index",
      inputSource,
      inputFormat: { type: "regex", pattern: "(.*)", columns: ["line"] },
    },
  },
  samplerConfig: { numRows: 1, timeoutMs: 2_000 },
});
const passwords = { type: "local", baseDir: "/etc", filter: "passwd" };
const supervisor = {
  type: "kafka",
  spec: {
    dataSchema: spec.dataSchema,
    ioConfig: {
      topic: "intruder",
      consumerProperties: { "bootstrap.servers": "kafka:9092" },
      inputFormat: { type: "json" },
    },
  },
};
const inline = { type: "inline", data: "a line" };

/** What an intruder would ask, by what it is. */
const calls: Record<string, readonly [method: string, path: string, body?: object]> = {
  "SQL query": ["POST", "/druid/v2/sql", { query: "SELECT COUNT(*) FROM demo" }],
  "list of supervisors": ["GET", "/druid/indexer/v1/supervisor"],
  supervisor: ["POST", "/druid/indexer/v1/supervisor", supervisor],
  sampler: ["POST", "/druid/indexer/v1/sampler", sampler(passwords)],
  task: [
    "POST",
    "/druid/indexer/v1/task",
    { type: "kill", dataSource: "demo", interval: "2000-01-01/2001-01-01" },
  ],
  configuration: ["GET", "/status/properties"],
};

/** The status that each call is answered with. */
async function answers(url: string, login?: Login): Promise<Record<string, number>> {
  const address = withLogin(splitLogin(url).url, login);
  const statuses = Object.entries(calls).map(async ([what, [method, path, body]]) => {
    const headers = { "content-type": "application/json" };
    const init = { method, headers, body: body && JSON.stringify(body) };
    const response = await fetchAs(address + path, {
      ...init,
      signal: AbortSignal.timeout(30_000),
    });
    return [what, response.status];
  });
  return Object.fromEntries(await Promise.all(statuses));
}

const all = (status: number) =>
  Object.fromEntries(Object.keys(calls).map((what) => [what, status]));

/** The same for the port of each process, which the router stands before. */
async function ofEachProcess(login?: Login): Promise<Record<string, number>> {
  const ports = { coordinator: 8081, broker: 8082, historical: 8083, indexer: 8091, router: 8888 };
  const statuses = Object.entries(ports).map(async ([process, port]) => {
    const { namespace, context } = outputs;
    const service = `druid-${process}`;
    const open = await openHttp(
      { kubernetes: { namespace, service, port, ...(context && { context }) } },
      { login },
    );
    try {
      return [process, (await fetchAs(`${open.url}/status`)).status];
    } finally {
      await open.close();
    }
  });
  return Object.fromEntries(await Promise.all(statuses));
}

test("a stranger, and whoever has a wrong password, is answered 401 at every process", async () => {
  const wrong = { username: outputs.druidUsername, password: "a-wrong-password" };
  for (const login of [undefined, wrong, { username: "nobody", password: "nothing" }]) {
    await withService(outputs, "druid", async (url) => {
      assert.deepEqual(await answers(url, login), all(401), login?.username ?? "a stranger");
    });
    assert.deepEqual(
      await ofEachProcess(login),
      { coordinator: 401, broker: 401, historical: 401, indexer: 401, router: 401 },
      login?.username ?? "a stranger",
    );
  }
  await withService(outputs, "coordinator", async (url) => {
    const found = await fetchAs(`${url}/druid/indexer/v1/supervisor`);
    assert.ok(!JSON.stringify(await found.json()).includes("intruder"));
  });
});

test("no request waits for a password to be hashed thousands of times", async () => {
  await withService(outputs, "druid", async (url) => {
    const store = await userStore(url);
    const users = `/proxy/coordinator/druid-ext/basic-security/authentication/db/${store}/users`;
    const names = z.array(z.string()).parse(await askDruid(url, users));
    assert.ok(names.length >= 4, `users: ${names}`);
    for (const name of names) {
      const iterations = await iterationsOf(url, store, name);
      assert.ok(iterations <= passwordIterations, `${name}: ${iterations}`);
    }
  });
});

test("Superset's user queries its tables, and may do nothing else", async () => {
  const reader = { username: "as-superset", password: "of-the-same-rights" };
  await withService(outputs, "druid", async (url) => {
    const store = await userStore(url);
    const permissions = await permissionsOf(url, store, "superset");
    const datasources = Object.values(outputs.pipelines).map(({ datasource }) => datasource);
    assert.deepEqual(
      permissions.map(({ type, name, action }) => `${action} ${type} ${name}`).sort(),
      datasources.map((name) => `READ DATASOURCE ${name}`).sort(),
    );
    await addDruidUser(outputs, reader.username, reader.password, permissions);
    try {
      const own = withLogin(splitLogin(url).url, reader);
      await until("an answer", async (say) => {
        const rows = await sql(own, "SELECT COUNT(*) AS n FROM demo").catch((error) => {
          return say(String(error)) ?? [];
        });
        return Number(rows[0]?.n) > 0 || undefined;
      });
      const { "list of supervisors": list, ...rest } = await answers(url, reader);
      const { "SQL query": query, ...writes } = rest;
      assert.deepEqual([query, list], [200, 200]);
      const found = await fetchAs(`${own}/druid/indexer/v1/supervisor`);
      assert.deepEqual(await found.json(), []);
      for (const [what, status] of Object.entries(writes)) assert.equal(status, 403, what);
    } finally {
      await removeUser(url, store, reader.username);
    }
  });
});

test("the administrator's sampler reads what it is sent, and neither files nor addresses", async () => {
  await withService(outputs, "druid", async (url) => {
    const statusOf = async (inputSource: object) => {
      const response = await fetchAs(`${url}/druid/indexer/v1/sampler`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(sampler(inputSource)),
      });
      return response.status;
    };
    const address = { type: "http", uris: ["http://druid-coordinator:8081/status/health"] };
    assert.equal(await statusOf(inline), 200);
    assert.equal(await statusOf(passwords), 403);
    assert.equal(await statusOf(address), 403);
    assert.equal(await statusOf({ type: "combining", delegates: [passwords] }), 403);
  });
});

test("passwords and rights that were changed by hand are seen by refresh and set right by up", async () => {
  await addDruidUser(outputs, "superset", "changed-by-hand");
  await withService(outputs, "druid", async (url) => {
    const user = `/proxy/coordinator/druid-ext/basic-security/authentication/db/${await userStore(url)}/users/admin`;
    await askDruid(url, `${user}/credentials`, "POST", { password: "changed-by-hand" });
  });
  try {
    const { output } = await mustMake("refresh");
    assert.match(output, /druid-user-admin/);
    assert.match(output, /druid-user-superset/);
    assert.doesNotMatch(output, /changed-by-hand/);
  } finally {
    await mustMake("up");
  }
  await withService(outputs, "druid", async (url) => {
    assert.equal((await answers(url, undefined))["SQL query"], 401);
    await sql(url, "SELECT COUNT(*) AS n FROM demo");
  });
  await mustMake("verify");
});
