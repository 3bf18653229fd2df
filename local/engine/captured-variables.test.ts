import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { before, test } from "node:test";

interface FunctionReader {
  getFunctionLocationAsync(func: unknown): Promise<{ file: string; line: number; column: number }>;
  lookupCapturedVariableValueAsync(
    func: unknown,
    name: string,
    throwOnFailure: boolean,
  ): Promise<unknown>;
}

type Serialise = (func: () => unknown) => Promise<{ text: string }>;

const load = createRequire(__filename);
/** As the SDK has them, and as they are after `before`. */
const remembering: FunctionReader = load("@pulumi/pulumi/runtime/closure/v8");
const sdk: FunctionReader = { ...remembering };
const { serializeFunction } = load("@pulumi/pulumi/runtime/closure/serializeClosure");
const serialise: Serialise = serializeFunction;

const expected = { text: "", error: "" };
let closures: Record<"serialisable" | "unserialisable", () => unknown>;

before(async () => {
  await load("@pulumi/pulumi/runtime/closure/v8Hooks").isInitializedAsync();
  closures = load("./testdata/closures.cjs");
  expected.text = (await serialise(closures.serialisable)).text;
  expected.error = await errorOf(serialise(closures.unserialisable));
  const { nameFilesInErrors, rememberScopes } = load("./captured-variables.cjs");
  const { nameFiles } = rememberScopes(remembering);
  nameFilesInErrors(load("@pulumi/pulumi/runtime/closure/createClosure"), nameFiles);
});

function makeCounter(start: number) {
  let count = start;
  const step = { by: 1 };
  return {
    add: () => {
      count += step.by;
      return count;
    },
    show: () => count,
  };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

async function errorOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => assert.fail("it did not fail"),
    (error: Error) => error,
  );
  return error.message;
}

test("what a function captures is what the SDK finds itself, of each function its own", async () => {
  const counters = [makeCounter(1), makeCounter(5)];
  for (const { add } of counters) {
    for (const name of ["count", "step", "makeCounter", "sdk"]) {
      const found = await sdk.lookupCapturedVariableValueAsync(add, name, true);
      assert.equal(await remembering.lookupCapturedVariableValueAsync(add, name, true), found);
    }
    const { file: _, ...place } = await sdk.getFunctionLocationAsync(add);
    assert.deepEqual(await remembering.getFunctionLocationAsync(add), { file: "", ...place });
  }
});

test("a variable that changed is seen in the next turn of the event loop", async () => {
  const { add, show } = makeCounter(1);
  assert.equal(await remembering.lookupCapturedVariableValueAsync(show, "count", true), 1);
  add();
  await nextTurn();
  assert.equal(await remembering.lookupCapturedVariableValueAsync(show, "count", true), 2);
});

test("a variable that is nowhere is an error in the SDK's words, or undefined", async () => {
  const { show } = makeCounter(1);
  const look = (throwOnFailure: boolean) =>
    remembering.lookupCapturedVariableValueAsync(show, "nowhere", throwOnFailure);
  await assert.rejects(look(true), /Unexpected missing variable in closure environment: nowhere/);
  assert.equal(await look(false), undefined);
});

test("a function's text is the SDK's own, however many were read in turns before it", async () => {
  for (let turn = 1; turn <= 3; turn += 1) {
    assert.equal((await serialise(closures.serialisable)).text, expected.text, `turn ${turn}`);
    await nextTurn();
  }
});

test("an error names the files and lines that the SDK names, the first one and the next", async () => {
  assert.match(expected.error, /closures\.cjs\(9,/);
  for (let turn = 1; turn <= 2; turn += 1) {
    assert.equal(await errorOf(serialise(closures.unserialisable)), expected.error);
    await nextTurn();
  }
});
