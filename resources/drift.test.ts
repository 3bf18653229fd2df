import assert from "node:assert/strict";
import { test } from "node:test";
import { hasUnknown, isSame, withDrift } from "./drift";
import { jsonObjectOf } from "./json";

test("what did not drift is shown as declared, defaults and notation aside", () => {
  const applied = { duration: "PT3600S", pollTimeout: 100, list: [{ a: 1, b: 2 }] };
  const declared = { duration: "PT1H", list: [{ a: 1 }] };
  assert.deepEqual(withDrift(declared, applied, structuredClone(applied)), declared);
});

test("what drifted is shown with its live value, and nothing else changes", () => {
  const applied = { duration: "PT3600S", pollTimeout: 100, list: [{ a: 1, b: 2 }], gone: 1 };
  const live = { duration: "PT60S", pollTimeout: 5, list: [{ a: 3, b: 2 }], added: true };
  assert.deepEqual(withDrift({ duration: "PT1H", list: [{ a: 1 }], gone: 1 }, applied, live), {
    duration: "PT60S",
    pollTimeout: 5,
    list: [{ a: 3 }],
    added: true,
  });
});

test("a list of another length is shown as it is live", () => {
  assert.deepEqual(withDrift({ list: [1] }, { list: [1] }, { list: [1, 2] }), { list: [1, 2] });
});

test("null is the same as absent, and the order of keys does not matter", () => {
  assert.equal(isSame({ a: 1, b: null, c: [1] }, { c: [1], a: 1 }), true);
  assert.equal(isSame({ a: [1, 2] }, { a: [2, 1] }), false);
  assert.equal(isSame({ a: 0 }, {}), false);
  assert.deepEqual(jsonObjectOf({ a: null, b: [{ c: null, d: 1 }] }), { b: [{ d: 1 }] });
});

test("an unknown is found wherever it stands", () => {
  assert.equal(hasUnknown({ a: [{ b: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }] }), true);
  assert.equal(hasUnknown({ a: [{ b: "x" }] }), false);
});
