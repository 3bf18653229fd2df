import assert from "node:assert/strict";
import { test } from "node:test";
import { type Coin, coins, createEvent, formatTimestamp, toMessage } from "./events";

const time = new Date("2021-02-05T10:10:01.234Z");

test("each coin's prices fill its range, both ends included", () => {
  const ranges: Record<Coin, [number, number]> = {
    BTC: [10, 400],
    ETH: [10, 250],
    BTT: [10, 40],
    DOT: [40, 170],
  };
  assert.deepEqual([...coins].sort(), Object.keys(ranges).sort());
  for (const coin of coins) {
    const prices = Array.from(
      { length: 20_000 },
      () => createEvent(coin, time, "epoch-seconds").data_id,
    );
    assert.deepEqual([Math.min(...prices), Math.max(...prices)], ranges[coin], coin);
    assert.ok(prices.every(Number.isInteger));
  }
});

test("a time is epoch seconds, epoch milliseconds or ISO 8601", () => {
  assert.equal(formatTimestamp(time, "epoch-seconds"), 1612519801);
  assert.equal(formatTimestamp(time, "epoch-milliseconds"), 1612519801234);
  assert.equal(formatTimestamp(time, "iso-8601"), "2021-02-05T10:10:01.234Z");
});

test("a message is the event as JSON, keyed by coin, with the three fields and no other", () => {
  const event = { data_id: 41, name: "DOT" as const, timestamp: 1612519801 };
  assert.deepEqual(toMessage(event), {
    key: "DOT",
    value: '{"data_id":41,"name":"DOT","timestamp":1612519801}',
  });
  assert.deepEqual(Object.keys(createEvent("BTC", time, "iso-8601")), [
    "data_id",
    "name",
    "timestamp",
  ]);
});
