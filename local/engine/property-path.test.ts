import assert from "node:assert/strict";
import { test } from "node:test";
import { contains, formatPath, ignoreChanges, parsePath } from "./property-path";

test("paths are read and written", () => {
  assert.deepEqual(parsePath('a.b[0]["c.d"].*'), ["a", "b", 0, "c.d", "*"]);
  assert.equal(formatPath(["a", "b", 0, "c.d"]), 'a.b[0]["c.d"]');
  assert.throws(() => parsePath("a[x]"), /"a\[x\]" is not a property path, at "\[x\]"/);
});

test("a path holds what lies below it, a star any key", () => {
  assert.ok(contains(parsePath("spec"), parsePath("spec.ports[0]")));
  assert.ok(contains(parsePath("*.a"), parsePath("x.a.b")));
  assert.ok(!contains(parsePath("spec.ports"), parsePath("spec")));
});

test("ignored properties get their old values, also where they were added or removed", () => {
  const olds = { a: 1, b: { c: 1, d: 1 }, list: [{ x: 1 }, { x: 2 }] };
  const news = { a: 2, b: { d: 2 }, list: [{ x: 8 }, { x: 9 }], added: 1 };
  assert.deepEqual(ignoreChanges(news, olds, ["a", "b.c", "list[*].x", "added"]), {
    a: 1,
    b: { c: 1, d: 2 },
    list: [{ x: 1 }, { x: 2 }],
  });
});
