import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { Goal } from "./goal";
import { type Register, TestStack } from "./testing/stack";
import { type PropertyMap, Secret } from "./values";

let stack: TestStack;
beforeEach(async () => {
  stack = await TestStack.create();
});
afterEach(() => stack.dispose());

const urnOf = (name: string) => `urn:pulumi:s::p::test:index:Thing::${name}`;

/** `b` takes a property of `a`. */
function chain(aInputs: object, bInputs: object, bOptions: object = {}) {
  return async (register: Register) => {
    const a = await register({ name: "a", inputs: { ...aInputs } });
    await register({
      name: "b",
      inputs: { from: a.outputs.serial ?? null, ...bInputs },
      dependencies: [a.urn],
      propertyDependencies: { from: [a.urn] },
      ...bOptions,
    });
  };
}

test("what does not change is left alone, and the state keeps its bytes but for the time", async () => {
  await stack.up(chain({ x: 1 }, {}));
  const before = await stack.snapshot();
  const again = await stack.up(chain({ x: 1 }, {}));
  assert.deepEqual(again.steps, ["same a", "same b"]);
  assert.deepEqual(await stack.snapshot(), before);
  assert.deepEqual(stack.fake.calls, ["create a#1", "create b#2"]);
});

test("a changed input updates in place and keeps the id and the time of creation", async () => {
  await stack.up(chain({ x: 1 }, {}));
  const before = await stack.resource("a");
  const { steps } = await stack.up(chain({ x: 2 }, {}));
  const after = await stack.resource("a");
  assert.deepEqual(steps, ["update a", "same b"]);
  assert.equal(after.id, before.id);
  assert.equal(after.created, before.created);
  assert.deepEqual(after.inputs, { x: 2 });
});

test("a replacement is created first, dependents follow, and the old object goes last", async () => {
  await stack.up(chain({ kind: "a" }, {}));
  stack.fake.calls.length = 0;
  const { counts } = await stack.up(chain({ kind: "b" }, {}));
  assert.deepEqual(stack.fake.calls, ["create a#3", "update b#2", "delete a#1"]);
  assert.equal(counts.replace, 1);
  assert.deepEqual([...stack.fake.objects.keys()].sort(), ["a#3", "b#2"]);
  assert.equal((await stack.snapshot()).resources.filter((r) => r.delete).length, 0);
});

test("delete before replace takes along what a change would replace, in reverse order", async () => {
  const program = (kind: string) => async (register: Register) => {
    const a = await register({ name: "a", inputs: { kind, ahead: true } });
    const b = await register({
      name: "b",
      inputs: { kind: a.outputs.serial ?? null },
      propertyDependencies: { kind: [a.urn] },
    });
    await register({
      name: "c",
      inputs: { x: b.outputs.serial ?? null },
      propertyDependencies: { x: [b.urn] },
    });
    await register({ name: "d", inputs: {}, dependencies: [a.urn] });
  };
  await stack.up(program("one"));
  stack.fake.calls.length = 0;
  const result = await stack.up(program("two"));
  assert.ok(result.ok);
  assert.deepEqual(stack.fake.calls, [
    "delete b#2",
    "delete a#1",
    "create a#5",
    "create b#6",
    "update c#3",
  ]);
  const { resources } = await stack.snapshot();
  assert.equal(resources.filter((r) => r.pendingReplacement || r.delete).length, 0);
});

test("what is deleted with another object is not replaced with it, but where that is asked for", async () => {
  const program = (kind: string) => async (register: Register) => {
    const a = await register({ name: "a", inputs: { kind, ahead: true } });
    const goal = { inputs: {}, deletedWith: a.urn, dependencies: [a.urn] };
    await register({ ...goal, name: "b" });
    await register({ ...goal, name: "c", replaceWith: [a.urn] });
  };
  await stack.up(program("one"));
  stack.fake.calls.length = 0;
  await stack.up(program("two"));
  // c needs no deletion of its own: it went with a.
  assert.deepEqual(stack.fake.calls, ["delete a#1", "create a#4", "create c#5"]);
});

test("a failed replacement keeps the old object, and the next run finishes it", async () => {
  await stack.up(chain({ kind: "a", ahead: true }, {}));
  const failed = await stack.up(chain({ kind: "b", ahead: true, fail: "create" }, {}));
  assert.ok(!failed.ok);
  assert.equal((await stack.resource("a")).pendingReplacement, true);
  const next = await stack.up(chain({ kind: "b", ahead: true }, {}));
  assert.ok(next.ok);
  assert.equal((await stack.resource("a")).pendingReplacement, false);
  assert.deepEqual([...stack.fake.objects.keys()].sort(), ["a#3", "b#2"]);
});

test("what the program no longer has is deleted, dependents first", async () => {
  await stack.up(chain({}, {}));
  stack.fake.calls.length = 0;
  await stack.up(async () => {});
  assert.deepEqual(stack.fake.calls, ["delete b#2", "delete a#1"]);
  assert.deepEqual((await stack.snapshot()).resources, []);
});

test("a deletion that fails keeps what it depends on, and the rest goes", async () => {
  await stack.up(async (register) => {
    await chain({}, { fail: "delete" })(register);
    await register({ name: "c" });
  });
  const result = await stack.destroy();
  assert.ok(!result.ok);
  assert.deepEqual([...stack.fake.objects.keys()].sort(), ["a#1", "b#2"]);
  const names = (await stack.snapshot()).resources.map((r) => r.urn.split("::").at(-1));
  assert.deepEqual(names.sort(), ["a", "b", "default"]);
});

test("a protected resource is neither deleted nor replaced, and can be once it is not", async () => {
  const program = (kind: string, protect: boolean) => async (register: Register) => {
    await register({ name: "a", inputs: { kind }, protect });
  };
  await stack.up(program("one", true));
  const replaced = await stack.up(program("two", true));
  assert.match(
    replaced.logs[0]?.message ?? "",
    /unable to replace resource .* marked for protection/s,
  );
  const deleted = await stack.destroy();
  assert.match(deleted.logs[0]?.message ?? "", /cannot be deleted because it is protected/);
  assert.deepEqual([...stack.fake.objects.keys()], ["a#1"]);
  assert.ok((await stack.up(program("two", false))).ok);
  assert.deepEqual([...stack.fake.objects.keys()], ["a#2"]);
});

test("retainOnDelete and deletedWith leave the deletion to others", async () => {
  await stack.up(async (register) => {
    const a = await register({ name: "a" });
    await register({ name: "b", retainOnDelete: true });
    await register({ name: "c", deletedWith: a.urn });
  });
  stack.fake.calls.length = 0;
  assert.ok((await stack.destroy()).ok);
  assert.deepEqual(stack.fake.calls, ["delete a#1"]);
});

test("what goes with another object stays in the state until that is gone, and so does what it needs", async () => {
  const program = (fail: boolean) => async (register: Register) => {
    const secret = await register({ name: "secret" });
    const home = await register({ name: "home", inputs: fail ? { fail: "delete" } : {} });
    const server = await register({
      name: "server",
      deletedWith: home.urn,
      dependencies: [home.urn, secret.urn],
    });
    await register({ name: "table", deletedWith: server.urn, dependencies: [server.urn] });
  };
  await stack.up(program(true));
  stack.fake.calls.length = 0;
  assert.ok(!(await stack.destroy()).ok);
  const left = (await stack.snapshot()).resources.map(({ urn }) => urn);
  assert.deepEqual(left.slice(1), ["secret", "home", "server", "table"].map(urnOf));
  await stack.up(program(false));
  stack.fake.calls.length = 0;
  const ended = await stack.destroy();
  assert.deepEqual(stack.fake.calls, ["delete home#2", "delete secret#1"]);
  assert.deepEqual(ended.steps, ["delete table", "delete server", "delete home", "delete secret"]);
  assert.deepEqual((await stack.snapshot()).resources, []);
});

test("an up after an interrupted deletion makes again what is gone, with what went with it", async () => {
  const program = async (register: Register) => {
    const home = await register({ name: "home" });
    const server = await register({ name: "server", deletedWith: home.urn });
    await register({ name: "table", deletedWith: server.urn, dependencies: [server.urn] });
    await register({ name: "other" });
  };
  await stack.up(program);
  const base = await stack.snapshot();
  const pendingOf = async (name: string) => ({
    resource: await stack.resource(name),
    type: "deleting" as const,
  });
  const pendingOperations = [await pendingOf("home"), await pendingOf("other")];
  await stack.write({ ...base, pendingOperations });
  stack.fake.objects.delete("home#1");
  stack.fake.calls.length = 0;
  const again = await stack.up(program);
  assert.deepEqual(again.steps, ["create home", "create server", "create table", "same other"]);
  assert.deepEqual((await stack.snapshot()).pendingOperations, []);
});

test("children take over protection and deletedWith from their parent", async () => {
  await stack.up(async (register) => {
    const a = await register({ name: "a" });
    const group = await register({
      name: "group",
      type: "test:index:Group",
      custom: false,
      protect: true,
      deletedWith: a.urn,
    });
    await register({ name: "b", parent: group.urn });
  });
  const child = await stack.resource("b");
  assert.equal(child.urn, "urn:pulumi:s::p::test:index:Group$test:index:Thing::b");
  assert.deepEqual([child.protect, child.deletedWith], [true, urnOf("a")]);
});

test("an object that did not become ready is recorded, and updated by the next run", async () => {
  const program = (unready: boolean) => async (register: Register) => {
    await register({ name: "a", inputs: { unready } });
  };
  assert.ok(!(await stack.up(program(true))).ok);
  assert.deepEqual((await stack.resource("a")).initErrors, ["not ready yet"]);
  assert.ok(!(await stack.up(program(true))).ok);
  assert.deepEqual((await stack.resource("a")).initErrors, ["still not ready"]);
  assert.ok((await stack.up(program(false))).ok);
  assert.deepEqual((await stack.resource("a")).initErrors, []);
  assert.deepEqual(stack.fake.calls, ["create a#1", "update a#1", "update a#1"]);
});

test("ignoreChanges keeps the old value, replaceOnChanges makes an update a replacement", async () => {
  await stack.up((register) => register({ name: "a", inputs: { x: 1, y: { z: 1 } } }));
  const ignored = await stack.up((register) =>
    register({ name: "a", inputs: { x: 2, y: { z: 2 } }, ignoreChanges: ["x", "y.z"] }),
  );
  assert.deepEqual(ignored.steps, ["same a"]);
  const replaced = await stack.up((register) =>
    register({ name: "a", inputs: { x: 1, y: { z: 2 } }, replaceOnChanges: ["y"] }),
  );
  assert.equal(replaced.counts.replace, 1);
  assert.deepEqual([...stack.fake.objects.keys()], ["a#2"]);
});

test("replaceOnChanges goes by what the provider says: one that names no properties updates", async () => {
  const program = (x: number) => (register: Register) =>
    register({ name: "a", inputs: { x, silent: true }, replaceOnChanges: ["x"] });
  await stack.up(program(1));
  assert.deepEqual((await stack.up(program(2))).steps, ["update a"]);
});

test("a resource renamed by an alias is kept, and all references to it are renamed", async () => {
  await stack.up(chain({}, {}));
  const result = await stack.up(async (register) => {
    const a = await register({ name: "new-a", aliases: [{ name: "a" }] });
    await register({
      name: "b",
      inputs: { from: a.outputs.serial ?? null },
      dependencies: [a.urn],
      propertyDependencies: { from: [a.urn] },
    });
  });
  assert.deepEqual(result.steps, ["same new-a", "same b"]);
  assert.deepEqual((await stack.resource("b")).dependencies, [urnOf("new-a")]);
  assert.equal((await stack.resource("new-a")).id, "a#1");
});

test("a child follows its parent's alias", async () => {
  const program = (name: string, aliases: { name: string }[]) => async (register: Register) => {
    const group = await register({ name, type: "test:index:Group", custom: false, aliases });
    await register({ name: `${name}-child`, parent: group.urn });
  };
  await stack.up(program("old", []));
  const result = await stack.up(program("new", [{ name: "old" }]));
  assert.deepEqual(result.steps, ["same new", "same new-child"]);
  assert.deepEqual(stack.fake.calls, ["create old-child#1"]);
});

test("a child that is renamed with its parent, of its own, is found by both aliases together", async () => {
  const program =
    (group: Partial<Goal> & { name: string }, child: Partial<Goal> & { name: string }) =>
    async (register: Register) => {
      const { urn: parent } = await register({ custom: false, type: "test:index:Group", ...group });
      await register({ ...child, parent });
    };
  await stack.up(program({ name: "old" }, { name: "boy" }));
  const moved = {
    name: "new",
    type: "test:index:Team",
    aliases: [{ name: "old", type: "test:index:Group" }],
  };
  const result = await stack.up(program(moved, { name: "man", aliases: [{ name: "boy" }] }));
  assert.deepEqual(result.steps, ["same new", "same man"]);
  assert.deepEqual(stack.fake.calls, ["create boy#1"]);
});

test("an alias that names a parent finds what that parent was", async () => {
  const group = { name: "old", type: "test:index:Group", custom: false };
  await stack.up(async (register) => {
    const { urn: parent } = await register(group);
    await register({ name: "a", parent });
  });
  const result = await stack.up(async (register) => {
    const { urn } = await register({ ...group, name: "new", aliases: [{ name: "old" }] });
    await register({ name: "a", aliases: [{ parent: urn }] });
  });
  assert.deepEqual(result.steps, ["same new", "same a"]);
});

test("an alias of what another resource is, or was taken for, is refused", async () => {
  await stack.up((register) => register({ name: "a" }));
  const aliases = [{ name: "a" }];
  const programs: [message: RegExp, ...goals: (Partial<Goal> & { name: string })[]][] = [
    [
      /Duplicate resource alias '.*::a' applied to .*::b'.*::a'/,
      { name: "a" },
      { name: "b", aliases },
    ],
    [/alias '.*::a' applied to .*::c'.*::b'/, { name: "b", aliases }, { name: "c", aliases }],
    [
      /Duplicate resource URN '.*::a' conflicting with alias on .*::b'/,
      { name: "b", aliases },
      { name: "a" },
    ],
  ];
  for (const [message, ...goals] of programs) {
    const before = await stack.snapshot();
    const result = await stack.up(async (register) => {
      for (const goal of goals) await register(goal);
    });
    assert.ok(!result.ok);
    assert.match(result.logs[0]?.message ?? "", message);
    await stack.write(before);
  }
  assert.deepEqual(stack.fake.calls, ["create a#1"]);
});

test("an input that becomes a secret makes the output that gives it back one", async () => {
  await stack.up((register) => register({ name: "a", inputs: { token: "t" } }));
  const { steps } = await stack.up((register) =>
    register({ name: "a", inputs: { token: new Secret("t") } }),
  );
  assert.deepEqual(steps, ["same a"]);
  assert.deepEqual((await stack.resource("a")).outputs.token, new Secret("t"));
});

test("a replacement is counted once it was made, or once the old object has gone for it", async () => {
  const program = (kind: string, steering: PropertyMap) => (register: Register) =>
    register({ name: "a", inputs: { kind, ...steering } });
  await stack.up(program("a", {}));
  const beside = await stack.up(program("b", { fail: "create" }));
  assert.deepEqual(beside.counts.replace, undefined);
  const ahead = await stack.up(program("b", { fail: "create", ahead: true }));
  assert.deepEqual(ahead.counts.replace, 1);
});

test("secrets are encrypted in the state, and so are outputs that are said to be", async () => {
  await stack.up((register) =>
    register({
      name: "a",
      inputs: { open: "plain", token: new Secret("swordfish") },
      additionalSecretOutputs: ["serial"],
    }),
  );
  const { readFile } = await import("node:fs/promises");
  const text = await readFile(stack.files.checkpoint, "utf8");
  assert.ok(!text.includes("swordfish"));
  assert.deepEqual((await stack.resource("a")).outputs, {
    open: "plain",
    serial: new Secret(1),
    token: new Secret("swordfish"),
  });
});

test("a preview changes neither objects nor state, and passes on what is not known", async () => {
  await stack.up(chain({ kind: "a" }, {}));
  const before = await stack.snapshot();
  const preview = await stack.up(chain({ kind: "b" }, {}), true);
  assert.deepEqual(preview.steps, ["create-replacement a", "update b", "delete-replaced a"]);
  assert.deepEqual(await stack.snapshot(), before);
  assert.deepEqual(stack.fake.calls, ["create a#1", "create b#2"]);
});

test("a preview writes no component that an update would create or change, be the stack new or not", async () => {
  const program = (...names: string[]) => {
    return async (register: Register) => {
      for (const name of names) await register({ name, type: "my:index:Group", custom: false });
    };
  };
  const first = await stack.up(program("g"), true);
  assert.deepEqual(first.steps, ["create g"]);
  assert.deepEqual((await stack.snapshot()).resources, []);
  await stack.up(program("g"));
  const before = await stack.snapshot();
  const second = await stack.up(program("g", "h"), true);
  assert.deepEqual(second.steps, ["same g", "create h"]);
  assert.deepEqual(await stack.snapshot(), before);
});

test("inputs that a provider refuses fail with its words, and nothing is created after", async () => {
  const result = await stack.up(async (register) => {
    await register({ name: "a", inputs: { bad: "must be good" } });
    await register({ name: "b" });
  });
  assert.match(result.logs[0]?.message ?? "", /'a': property bad: must be good/);
  assert.deepEqual(stack.fake.calls, []);
});

test("a URN registered twice is refused", async () => {
  const result = await stack.up(async (register) => {
    await register({ name: "a" });
    await register({ name: "a" });
  });
  assert.match(result.logs[0]?.message ?? "", /Duplicate resource URN/);
});

test("independent resources are created in parallel, up to the limit", async () => {
  await stack.up((register) =>
    Promise.all(Array.from({ length: 12 }, (_, i) => register({ name: `r${i}` }))),
  );
  assert.equal(stack.fake.peak, 4);
  assert.equal(stack.fake.objects.size, 12);
});

test("refresh takes over what changed, removes what is gone, and up makes it again", async () => {
  await stack.up(chain({ x: 1 }, {}));
  stack.fake.objects.set("a#1", { x: 5, serial: 1 });
  stack.fake.objects.delete("b#2");
  const refreshed = await stack.refresh();
  assert.ok(refreshed.ok);
  assert.deepEqual((await stack.resource("a")).outputs, { serial: 1, x: 5 });
  await assert.rejects(stack.resource("b"), /not in the state/);
  const { steps } = await stack.up(chain({ x: 1 }, {}));
  assert.deepEqual(steps, ["update a", "create b"]);
});

test("drift is told by each refresh until an up ends it", async () => {
  await stack.up(chain({ x: 1 }, {}));
  stack.fake.objects.set("a#1", { x: 5, serial: 1 });
  for (let turn = 1; turn <= 2; turn += 1) {
    assert.equal((await stack.refresh()).counts.refresh, 1, `refresh ${turn}`);
  }
  assert.deepEqual((await stack.up(chain({ x: 1 }, {}))).steps, ["update a", "same b"]);
  assert.equal((await stack.refresh()).counts.refresh, undefined);
});

test("a type without a provider is refused with the way out", async () => {
  const result = await stack.up((register) => register({ name: "a", type: "aws:s3:Bucket" }));
  assert.match(
    result.logs[0]?.message ?? "",
    /package "aws".*Install the Pulumi CLI.*pulumi\.com/s,
  );
});

test("destroy finds what an interrupted replacement may have left beside the old object", async () => {
  await stack.up(chain({ kind: "a" }, {}));
  const base = await stack.snapshot();
  const old = await stack.resource("a");
  const half = { ...old, id: "", inputs: { kind: "b" }, outputs: {} };
  await stack.write({ ...base, pendingOperations: [{ resource: half, type: "creating" }] });
  assert.ok((await stack.destroy()).ok);
  assert.deepEqual(stack.fake.calls.slice(2), [
    "create a#3",
    "delete a#3",
    "delete b#2",
    "delete a#1",
  ]);
  assert.deepEqual(await stack.snapshot(), { resources: [], pendingOperations: [] });
});
