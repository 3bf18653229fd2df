import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageBuffer } from "./buffer";
import { Delivery } from "./delivery";
import { FakeTransport } from "./testing/fake-transport";
import { RecordingLog } from "./testing/recording-log";
import { until } from "./testing/until";

function setUp(options: { attemptTimeoutMs?: number; capacity?: number } = {}) {
  const buffer = new MessageBuffer(options.capacity ?? 1_000);
  const transport = new FakeTransport();
  const log = new RecordingLog();
  const delivery = new Delivery(buffer, transport, log, {
    batchMessages: 10,
    attemptTimeoutMs: options.attemptTimeoutMs ?? 5_000,
    minBackoffMs: 1,
    maxBackoffMs: 4,
  });
  const offer = (from: number, to: number) => {
    for (let n = from; n < to; n += 1) {
      buffer.offer({ key: n % 2 ? "odd" : "even", value: String(n) });
    }
  };
  return { buffer, transport, log, delivery, offer };
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => String(n));

test("stop sends all that waits, one key a send, and in order within a key", async () => {
  const { transport, delivery, offer } = setUp();
  offer(0, 25);
  delivery.start();
  await delivery.stop(5_000);
  assert.equal(delivery.acknowledged, 25);
  assert.equal(delivery.unacknowledged, 0);
  const odd = transport.groups.filter(({ key }) => key === "odd").flatMap(({ values }) => values);
  assert.deepEqual(
    odd,
    numbers(25).filter((n) => Number(n) % 2),
  );
  assert.ok(transport.groups.every(({ values }) => new Set(values.map((v) => +v % 2)).size === 1));
});

test("what was taken while Kafka was down arrives once when it is back, and the log says both", async () => {
  const { transport, log, delivery, offer } = setUp();
  transport.down = true;
  delivery.start();
  offer(0, 40);
  await until("three failed attempts", () => transport.attempts > 3);
  assert.equal(delivery.connected, false);
  transport.down = false;
  offer(40, 60);
  await until("all acknowledged", () => delivery.acknowledged === 60);
  await delivery.stop(5_000);
  assert.deepEqual(
    [...transport.received].sort((a, b) => +a - +b),
    numbers(60),
  );
  assert.match(log.lines[0] ?? "", /^warn could not connect to Kafka: connect ECONNREFUSED/);
  assert.match(log.lines[1] ?? "", /^warn Kafka answers again after .* s; 60 messages waited$/);
});

test("a group that failed is sent again as it was, so that the broker can tell it is the same", async () => {
  const { transport, delivery, offer } = setUp();
  offer(0, 4);
  transport.errors.push(new Error("request timed out"));
  delivery.start();
  await until("a failed send", () => transport.errors.length === 0);
  offer(4, 8);
  await delivery.stop(5_000);
  assert.deepEqual(transport.groups[0], { key: "even", values: ["0", "2"] });
  assert.equal(transport.resets, 0);
});

test("an attempt that never ends is given up, and the transport starts afresh", async () => {
  const { transport, log, delivery, offer } = setUp({ attemptTimeoutMs: 20 });
  transport.hanging = true;
  offer(0, 2);
  delivery.start();
  await until("a reset", () => transport.resets > 0);
  transport.hanging = false;
  await delivery.stop(5_000);
  assert.equal(delivery.acknowledged, 2);
  assert.match(log.lines[0] ?? "", /no answer within 20 ms/);
});

test("an error that fences the producer starts afresh at once", async () => {
  const { transport, delivery, offer } = setUp();
  transport.errors.push(new Error("fenced"));
  offer(0, 2);
  delivery.start();
  await delivery.stop(5_000);
  assert.equal(transport.resets, 1);
  assert.equal(delivery.acknowledged, 2);
});

test("stop ends in its time although Kafka is down, and counts what is left", async () => {
  const { transport, delivery, offer } = setUp();
  transport.down = true;
  delivery.start();
  offer(0, 7);
  const before = performance.now();
  await delivery.stop(50);
  assert.ok(performance.now() - before < 2_000);
  assert.equal(delivery.unacknowledged, 7);
});

test("stop waits for a hanging attempt no longer than its time", async () => {
  const { transport, delivery, offer } = setUp();
  transport.hanging = true;
  offer(0, 3);
  delivery.start();
  await delivery.stop(50);
  assert.equal(delivery.unacknowledged, 3);
});

test("an idle delivery is not stalled; one whose attempts never end is", async () => {
  const { transport, delivery, offer } = setUp();
  delivery.start();
  await until("connected", () => delivery.connected);
  assert.equal(delivery.stalledMs, 0);
  transport.hanging = true;
  offer(0, 1);
  await until("stalled for 30 ms", () => delivery.stalledMs > 30);
  await delivery.stop(10);
});
