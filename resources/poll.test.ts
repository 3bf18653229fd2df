import assert from "node:assert/strict";
import { test } from "node:test";
import { poll } from "./poll";

const wait = {
  timeoutMs: 1_000,
  pauseMs: 1,
  failure: (last: string) => new Error(`in vain: ${last}`),
};

test("looks until there is something, and gives it", async () => {
  let looks = 0;
  const found = await poll(wait, async (tell) => (++looks < 3 ? tell(`look ${looks}`) : looks));
  assert.equal(found, 3);
});

test("once the time is over, the error has the last state; there is one look at least", async () => {
  let looks = 0;
  const look = async (tell: (state: string) => undefined) => tell(`look ${++looks}`);
  await assert.rejects(poll({ ...wait, timeoutMs: 0 }, look), { message: "in vain: look 1" });
  await assert.rejects(poll({ ...wait, timeoutMs: 20 }, look));
  assert.ok(looks > 2, `${looks} looks`);
});

test("what a look throws ends it", async () => {
  const look = () => Promise.reject(new Error("refused"));
  await assert.rejects(poll(wait, look), { message: "refused" });
});
