import assert from "node:assert/strict";
import { test } from "node:test";
import { prices, shop, specOf } from "../pipelines/testing/streams";
import { createEvent, formatTimestamp, toMessage, valuesOf } from "./events";

const time = new Date("2021-02-05T10:10:01.234Z");
const coins = specOf(prices);
const orders = specOf(shop);
const rounds = Array.from({ length: 5_000 });

test("each value's whole numbers fill their range, both ends included", () => {
  assert.deepEqual(valuesOf(coins), ["BTC", "ETH", "BTT", "DOT"]);
  for (const coin of valuesOf(coins)) {
    const all = rounds.concat(rounds).map(() => Number(createEvent(coins, coin, time).data_id));
    const { min, max } = coins.ranges[coin]?.data_id ?? {};
    assert.deepEqual([Math.min(...all), Math.max(...all)], [min, max], coin);
    assert.ok(all.every(Number.isInteger));
  }
});

test("the other fields of a stream are drawn from its ranges and choices, and an optional one may be left out", () => {
  const events = rounds.map((_, index) => createEvent(orders, index % 2 ? "web" : "app", time));
  const seen = (field: string) => [...new Set(events.map((event) => event[field]))].sort();
  assert.deepEqual(seen("at"), [1612519801]);
  assert.deepEqual(seen("channel"), ["app", "web"]);
  assert.deepEqual(seen("payment"), ["card", "cash"]);
  assert.deepEqual(seen("country"), ["DE", "PT"]);
  assert.deepEqual(seen("city"), ["city-1", "city-2", "city-3", "city-4", "city-5"]);
  assert.deepEqual(seen("store"), [1, 2, 3, 4, 5]);
  assert.deepEqual(seen("items"), [1, 2, 3, 4]);
  assert.deepEqual(seen("coupon").length, 6);
  assert.ok(events.some((event) => !("coupon" in event)));
  assert.ok(events.every((event) => !("probe_id" in event)));
  const amounts = events.filter(({ channel }) => channel === "web").map(({ amount }) => amount);
  assert.ok(amounts.every((amount) => Number(amount) >= 0.5 && Number(amount) <= 0.75));
  assert.ok(amounts.some((amount) => !Number.isInteger(amount)));
});

test("a time is epoch seconds, epoch milliseconds or ISO 8601", () => {
  assert.equal(formatTimestamp(time, "epoch-seconds"), 1612519801);
  assert.equal(formatTimestamp(time, "epoch-milliseconds"), 1612519801234);
  assert.equal(formatTimestamp(time, "iso-8601"), "2021-02-05T10:10:01.234Z");
});

test("a message is the event as JSON, keyed by its value, with the stream's fields and no other", () => {
  const event = { data_id: 41, name: "DOT", timestamp: 1612519801 };
  assert.deepEqual(toMessage(coins, event), {
    key: "DOT",
    value: '{"data_id":41,"name":"DOT","timestamp":1612519801}',
  });
  assert.deepEqual(Object.keys(createEvent(coins, "BTC", time)), ["data_id", "name", "timestamp"]);
});
