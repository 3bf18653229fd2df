import assert from "node:assert/strict";
import { test } from "node:test";
import { compareSync } from "bcryptjs";
import type { OperationContext } from "../provider";
import { type PropertyMap, Secret, unknown } from "../values";
import { createRandomProvider } from "./random";

const provider = createRandomProvider();

function context(kind: string, preview = false): OperationContext {
  return {
    urn: "urn:pulumi:s::p::x::n",
    type: `random:index/random${kind}:Random${kind}`,
    name: "n",
    preview,
    signal: new AbortController().signal,
    status() {},
    log() {},
  };
}

const create = (kind: string, inputs: PropertyMap) => provider.create(context(kind), inputs);

test("a password has the real provider's outputs, its result and hash secret", async () => {
  const { id, outputs } = await create("Password", { length: 24, special: false, minNumeric: 3 });
  const { result, bcryptHash, ...open } = outputs;
  assert.equal(id, "none");
  assert.ok(result instanceof Secret && bcryptHash instanceof Secret);
  assert.match(result.value as string, /^[A-Za-z0-9]{24}$/);
  assert.ok((result.value as string).replace(/\D/g, "").length >= 3);
  assert.ok(compareSync(result.value as string, bcryptHash.value as string));
  assert.deepEqual(open, {
    __meta: '{"schema_version":"3"}',
    id: "none",
    length: 24,
    lower: true,
    minLower: 0,
    minNumeric: 3,
    minSpecial: 0,
    minUpper: 0,
    number: true,
    numeric: true,
    special: false,
    upper: true,
  });
});

test("an id's four forms are of the same bytes", async () => {
  const { id, outputs } = await create("Id", { byteLength: 8, prefix: "p-" });
  const bytes = Buffer.from(id, "base64url");
  assert.equal(bytes.length, 8);
  assert.equal(outputs.hex, `p-${bytes.toString("hex")}`);
  assert.equal(outputs.b64Std, `p-${bytes.toString("base64")}`);
  assert.equal(outputs.dec, `p-${BigInt(`0x${bytes.toString("hex")}`)}`);
});

test("a string's id is its result, a UUID's too, and bytes are secret", async () => {
  const string = await create("String", {
    length: 6,
    upper: false,
    numeric: false,
    special: false,
  });
  assert.match(string.id, /^[a-z]{6}$/);
  assert.equal(string.outputs.result, string.id);
  const uuid = await create("Uuid", {});
  assert.equal(uuid.outputs.result, uuid.id);
  const bytes = await create("Bytes", { length: 16 });
  assert.ok(bytes.outputs.hex instanceof Secret);
});

test("any changed input replaces, a keeper too; an ignored one does not", async () => {
  const diff = (ignored: string[]) =>
    provider.diff(
      context("Uuid"),
      "x",
      { keepers: { a: "1" } },
      {},
      { keepers: { a: "2" } },
      ignored,
    );
  const changed = await diff([]);
  assert.deepEqual(changed.replaces, ["keepers"]);
  assert.deepEqual(changed.detailedDiff, {
    "keepers.a": { kind: "update-replace", inputDiff: true },
  });
  assert.equal((await diff(["keepers"])).changes, false);
});

test("a preview makes nothing, and says that the result is not known yet", async () => {
  const { id, outputs } = await provider.create(context("Password", true), { length: 8 });
  assert.equal(id, "");
  assert.deepEqual(outputs, { length: 8, result: unknown, bcryptHash: unknown });
});

test("wrong inputs and missing types are refused by name", async () => {
  const check = async (kind: string, inputs: PropertyMap) =>
    (await provider.check(context(kind), undefined, inputs, Buffer.alloc(32))).failures;
  assert.match((await check("Password", {}))[0]?.reason ?? "", /at least 1, is null/);
  assert.match(
    (await check("Password", { length: 2, minUpper: 3 }))[0]?.reason ?? "",
    /sum of the minima, 3/,
  );
  assert.equal((await check("Id", { byteLength: 4, size: 1 }))[0]?.property, "size");
  await assert.rejects(check("Pet", {}), /lacks the type .*RandomPet.*Install the Pulumi CLI/s);
});
