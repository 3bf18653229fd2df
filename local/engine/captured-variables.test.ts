import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";

interface FunctionReader {
  getFunctionLocationAsync(func: unknown): Promise<{ file: string; line: number; column: number }>;
  lookupCapturedVariableValueAsync(
    func: unknown,
    name: string,
    throwOnFailure: boolean,
  ): Promise<unknown>;
}

const load = createRequire(__filename);
const sdk: FunctionReader = { ...load("@pulumi/pulumi/runtime/closure/v8") };
const remembering: FunctionReader = { ...sdk };
const { getScriptUrl } = load("@pulumi/pulumi/runtime/closure/v8Hooks");
load("./captured-variables.cjs").rememberScopes(remembering, getScriptUrl);

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

test("what a function captures is what the SDK finds itself, of each function its own", async () => {
  const counters = [makeCounter(1), makeCounter(5)];
  for (const { add } of counters) {
    for (const name of ["count", "step", "makeCounter", "sdk"]) {
      const expected = await sdk.lookupCapturedVariableValueAsync(add, name, true);
      assert.equal(await remembering.lookupCapturedVariableValueAsync(add, name, true), expected);
    }
    assert.deepEqual(
      await remembering.getFunctionLocationAsync(add),
      await sdk.getFunctionLocationAsync(add),
    );
  }
});

test("a variable that changed is seen in the next turn of the event loop", async () => {
  const { add, show } = makeCounter(1);
  assert.equal(await remembering.lookupCapturedVariableValueAsync(show, "count", true), 1);
  add();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await remembering.lookupCapturedVariableValueAsync(show, "count", true), 2);
});

test("a variable that is nowhere is an error in the SDK's words, or undefined", async () => {
  const { show } = makeCounter(1);
  const look = (throwOnFailure: boolean) =>
    remembering.lookupCapturedVariableValueAsync(show, "nowhere", throwOnFailure);
  await assert.rejects(look(true), /Unexpected missing variable in closure environment: nowhere/);
  assert.equal(await look(false), undefined);
});
