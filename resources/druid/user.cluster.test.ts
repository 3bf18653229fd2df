/**
 * Users of a real Druid: what is changed behind Pulumi's back is seen and put right, and the internal user turns over. Runs where
 * DRUID_USER_TEST says where Druid is, as JSON: `connection` (of the router), `login` (of a user who may do everything to
 * users) and `store`.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type HttpConnection, withHttp } from "../connection";
import { type Login, splitLogin, withLogin } from "../http-login";
import { revive } from "../testing/revive";
import { postSupervisor, querySql } from "./api";
import { internalUserProvider } from "./internal-user";
import { userProvider } from "./user";
import {
  hasUser,
  iterationsOf,
  type Permission,
  passwordIterations,
  removeUser,
  setUser,
} from "./users";

const given = process.env.DRUID_USER_TEST;
const options = given ? {} : { skip: "DRUID_USER_TEST does not say where Druid is" };
const { connection, login, store }: { connection: HttpConnection; login: Login; store: string } =
  JSON.parse(given ?? "{}");

const users = revive(userProvider);
const internals = revive(internalUserProvider);
const permissions: readonly Permission[] = [
  { type: "DATASOURCE", name: "one", action: "READ" },
  { type: "STATE", name: ".*", action: "READ" },
];
const inputs = {
  connection,
  ...login,
  store,
  name: `user-test-${process.pid}`,
  userPassword: "of-the-test",
  permissions,
};
const id = `${store}/${inputs.name}`;

const asManager = <T>(use: (url: string) => Promise<T>) => withHttp(connection, use, { login });

/** A query of the user with this password. */
const query = (password = inputs.userPassword, username = inputs.name) =>
  asManager((url) =>
    querySql(withLogin(splitLogin(url).url, { username, password }), "SELECT 1 AS n"),
  );

after(async () => {
  if (given) await asManager((url) => removeUser(url, store, inputs.name));
});

test("a user is made, is let in at once, and shows no drift", options, async () => {
  const { create, read, diff } = await users;
  const made = await create(inputs);
  assert.deepEqual(made, { id, outs: inputs });
  assert.deepEqual(await query(), [{ n: 1 }]);
  await assert.rejects(query("another"), /401/);
  const { props } = await read(id, inputs);
  assert.deepEqual(props, inputs);
  assert.equal((await diff(id, inputs, inputs)).changes, false);
});

test(
  "its password, and that of the user who made it, are hashed no more often than declared",
  options,
  async () => {
    for (const name of [inputs.name, login.username]) {
      const iterations = await asManager((url) => iterationsOf(url, store, name));
      assert.equal(iterations, passwordIterations, name);
    }
  },
);

test("a user of these rights may not post a supervisor", options, async () => {
  const spec = {
    type: "kafka",
    spec: {
      dataSchema: {
        dataSource: "one",
        timestampSpec: { column: "t" },
        dimensionsSpec: {},
      },
      ioConfig: {
        topic: "none",
        consumerProperties: { "bootstrap.servers": "127.0.0.1:9" },
        inputFormat: { type: "json" },
      },
    },
  };
  const own = { username: inputs.name, password: inputs.userPassword };
  await assert.rejects(
    withHttp(connection, (url) => postSupervisor(url, spec), { login: own }),
    /403/,
  );
});

test(
  "another password and other rights, given by hand, are seen and set right",
  options,
  async () => {
    const { read, diff, update } = await users;
    const more: Permission = { type: "CONFIG", name: ".*", action: "WRITE" };
    const byHand = {
      name: inputs.name,
      password: "by-hand",
      permissions: [...permissions, more],
    };
    await asManager((url) => setUser(url, store, byHand));
    const drifted = (await read(id, inputs)).props;
    assert.ok(drifted);
    assert.deepEqual(drifted, {
      ...inputs,
      userPassword: "(changed in Druid)",
      permissions: drifted.permissions,
    });
    assert.equal(drifted.permissions.length, 3);
    assert.equal((await diff(id, drifted, inputs)).changes, true);
    await update(id, drifted, inputs);
    assert.deepEqual((await read(id, inputs)).props, inputs);
    await assert.rejects(query("by-hand"), /401/);
  },
);

test("a user whom somebody deleted is seen as gone, and made again", options, async () => {
  const { create, read } = await users;
  await asManager((url) => removeUser(url, store, inputs.name));
  assert.deepEqual(await read(id, inputs), { id: undefined });
  await create(inputs);
  assert.deepEqual(await query(), [{ n: 1 }]);
});

test(
  "another internal user is made before the earlier one goes, which users' updates delete",
  options,
  async () => {
    const earlier = {
      name: `internal-test-${process.pid}`,
      password: "earlier",
      permissions: "all" as const,
    };
    await asManager((url) => setUser(url, store, earlier));
    const { name: username, password } = earlier;
    const olds = { connection, password, generation: 1, store, username };
    const news = { connection, password: "later", generation: process.pid };
    const outs = (await (await internals).update(store, olds, news)).outs;
    assert.ok(outs);
    const later = `druid_system_${process.pid}`;
    assert.equal(outs.username, later);
    try {
      for (const [user, secret] of [
        [username, password],
        [later, "later"],
      ] as const) {
        assert.equal(
          (await (await internals).read(store, { ...outs, username: user, password: secret })).id,
          store,
        );
      }
      const before = { ...inputs, username, password };
      await (await users).update(id, before, { ...inputs, username: later, password: "later" });
      assert.equal(await asManager((url) => hasUser(url, store, username)), false);
      assert.deepEqual(await (await internals).read(store, olds), { id: undefined });
      // As where the metadata were lost: what no login reaches is to be made again.
      assert.deepEqual(await (await users).read(id, before), { id: undefined });
      await (await users).delete(id, before);
    } finally {
      await asManager((url) => removeUser(url, store, later));
      await asManager((url) => removeUser(url, store, username));
    }
  },
);

test("a user is deleted, twice without harm", options, async () => {
  const remove = (await users).delete;
  await remove(id, inputs);
  await remove(id, inputs);
  await assert.rejects(query(), /401/);
});
