import assert from "node:assert/strict";
import { test } from "node:test";
import { LagClock } from "./lag-clock";

/** 10 messages a second from second 0 to 10, looked at each 10 s. */
function clock(...samples: [time: number, end: number][]): LagClock {
  const made = new LagClock();
  for (const [time, end] of samples) made.add(time, end);
  return made;
}

test("the wait is that of the oldest unread message, with messages taken to come evenly", () => {
  const made = clock([0, 0], [10_000, 100], [20_000, 200]);
  assert.equal(made.waited(20_000, 150), 5_000);
  assert.equal(made.waited(30_000, 150), 15_000);
  assert.equal(made.waited(30_000, 200), 0);
});

test("a message from before the first look waits since then", () => {
  assert.equal(clock([5_000, 100]).waited(8_000, 40), 3_000);
});

test("a time without messages does not shift when the next one came", () => {
  const made = clock([0, 100], [10_000, 100], [20_000, 100], [30_000, 100], [40_000, 101]);
  assert.equal(made.waited(40_000, 100), 10_000);
});

test("a topic that was created again begins anew", () => {
  const made = clock([0, 0], [10_000, 1_000], [20_000, 10]);
  assert.equal(made.waited(25_000, 5), 5_000);
});

test("a stream that stands still for a day is told as long, in bounded memory", () => {
  const made = new LagClock();
  for (let time = 0; time <= 86_400_000; time += 10_000) made.add(time, time / 1_000);
  const waited = made.waited(86_400_000, 1);
  assert.ok(Math.abs(waited - 86_399_000) < 1_000, String(waited));
  assert.ok(Reflect.get(made, "samples").length <= 720);
});
