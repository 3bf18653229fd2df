import assert from "node:assert/strict";
import { test } from "node:test";
import { messagesDue, runSchedule, untilNextTick } from "./schedule";

test("an interval makes one round at once and one with each interval", () => {
  const pace = { intervalMs: 5_000 };
  assert.deepEqual(
    [0, 4_999, 5_000, 12_000].map((ms) => messagesDue(pace, 4, ms)),
    [4, 4, 8, 12],
  );
  assert.equal(untilNextTick(pace, 12_000), 3_000);
});

test("a rate is messages a second over all coins, in small bursts when it is high", () => {
  assert.equal(messagesDue({ perSecond: 1_000 }, 4, 1_500), 1_500);
  assert.equal(messagesDue({ perSecond: 0.5 }, 4, 4_000), 2);
  assert.equal(untilNextTick({ perSecond: 1_000 }, 0), 10);
  assert.equal(untilNextTick({ perSecond: 2 }, 600), 400);
});

test("a schedule ends after its count, each message made once and in order", async () => {
  const made: number[] = [];
  await runSchedule({
    pace: { perSecond: 2_000 },
    roundSize: 4,
    count: 50,
    signal: new AbortController().signal,
    make: (index) => made.push(index),
  });
  assert.deepEqual(
    made,
    Array.from({ length: 50 }, (_, index) => index),
  );
});

test("a schedule ends at once when its signal aborts, however long the interval", async () => {
  const stop = new AbortController();
  let made = 0;
  const ended = runSchedule({
    pace: { intervalMs: 3_600_000 },
    roundSize: 4,
    signal: stop.signal,
    make: () => {
      made += 1;
      if (made === 4) setImmediate(() => stop.abort());
    },
  });
  await ended;
  assert.equal(made, 4);
});
