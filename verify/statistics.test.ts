import assert from "node:assert/strict";
import { test } from "node:test";
import { percentile, summarize } from "./statistics";

test("percentiles are the nearest rank, whatever the order", () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.deepEqual(summarize(values), { count: 100, p50: 50, p90: 90, p99: 99 });
  assert.equal(percentile([7], 0.99), 7);
  assert.throws(() => percentile([], 0.5), RangeError);
});
