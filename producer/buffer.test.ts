import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageBuffer } from "./buffer";

const message = (value: number) => ({ key: "BTC", value: String(value) });
const values = (buffer: MessageBuffer) => buffer.peek(100).map(({ value }) => Number(value));

test("a full buffer refuses the new, counts it, and keeps what it took", () => {
  const buffer = new MessageBuffer(2);
  assert.deepEqual(
    [1, 2, 3, 4].map((n) => buffer.offer(message(n))),
    [true, true, false, false],
  );
  assert.deepEqual(values(buffer), [1, 2]);
  assert.equal(buffer.accepted, 2);
  assert.equal(buffer.refused, 2);
});

test("peeked messages stay until they are removed, and count against the capacity", () => {
  const buffer = new MessageBuffer(2);
  buffer.offer(message(1));
  buffer.offer(message(2));
  assert.equal(buffer.peek(2).length, 2);
  assert.equal(buffer.offer(message(3)), false);
  buffer.remove(1);
  assert.equal(buffer.offer(message(4)), true);
  assert.deepEqual(values(buffer), [2, 4]);
});

test("order is kept over many rounds of removal", () => {
  const buffer = new MessageBuffer(1_000);
  const out: number[] = [];
  for (let n = 0; n < 5_000; n += 1) {
    buffer.offer(message(n));
    if (n % 7 === 6) {
      out.push(...values(buffer).slice(0, 7));
      buffer.remove(7);
    }
  }
  out.push(...values(buffer));
  assert.deepEqual(
    out,
    Array.from({ length: 5_000 }, (_, n) => n),
  );
});

test("a waiter wakes when a message comes, and by wake() without one", async () => {
  const buffer = new MessageBuffer(1);
  const first = buffer.waitForMessages();
  buffer.wake();
  await first;
  const second = buffer.waitForMessages();
  buffer.offer(message(1));
  await second;
  await buffer.waitForMessages();
});
