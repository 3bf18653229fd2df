import assert from "node:assert/strict";
import { test } from "node:test";
import { poll } from "./poll";

const wait = {
  timeoutMs: 1_000,
  pauseMs: 1,
  failure: (last: string) => new Error(`in vain: ${last}`),
};

test("repeats the check until it has a result, and returns that", async () => {
  let checks = 0;
  const found = await poll(wait, async (report) =>
    ++checks < 3 ? report(`check ${checks}`) : checks,
  );
  assert.equal(found, 3);
});

test("the error on time-out has the last state, and there is one check at least", async () => {
  let checks = 0;
  const check = async (report: (state: string) => undefined) => report(`check ${++checks}`);
  await assert.rejects(poll({ ...wait, timeoutMs: 0 }, check), { message: "in vain: check 1" });
  await assert.rejects(poll({ ...wait, timeoutMs: 20 }, check));
  assert.ok(checks > 2, `${checks} checks`);
});

test("an error of the check ends it", async () => {
  const check = () => Promise.reject(new Error("refused"));
  await assert.rejects(poll(wait, check), { message: "refused" });
});
