import assert from "node:assert/strict";
import { test } from "node:test";
import type { prices } from "../testing/streams";
import { dimension, measure, timestamp } from "./fields";
import { sum } from "./metrics";
import { defineStream, type StreamEvent } from "./stream";

type Price = StreamEvent<typeof prices>;

const event = {
  at: timestamp(),
  city: dimension.oneOf(["Oslo", "Rome"]),
  degrees: measure.number(),
};

test("the event's type follows the fields", () => {
  const good: Price = { timestamp: 1, name: "BTC", data_id: 10 };
  const probe: Price = {
    timestamp: "2021-02-05T10:10:01",
    name: "DOT",
    data_id: 1,
    probe_id: "a",
  };
  // @ts-expect-error a coin that is not declared
  const coin: Price = { timestamp: 1, name: "XRP", data_id: 10 };
  // @ts-expect-error a measure is a number
  const price: Price = { timestamp: 1, name: "BTC", data_id: "10" };
  // @ts-expect-error a field is missing
  const short: Price = { timestamp: 1, name: "BTC" };
  assert.equal([good, probe, coin, price, short].length, 5);
});

test("a field renamed in one place only does not compile, and is refused at run time", () => {
  const declarations = [
    // @ts-expect-error the metric's field is not one of the event's
    () => defineStream({ name: "weather", event, metrics: { heat: sum("temperature") } }),
    () =>
      defineStream({
        name: "weather",
        event,
        metrics: { heat: sum("degrees") },
        dashboard: {
          title: "Weather",
          rows: [
            // @ts-expect-error the chart's dimension is not one of the event's
            [{ key: "a", kind: "pie", title: "A", metric: "heat", dimension: "town", width: 6 }],
            // @ts-expect-error the chart's metric is not one of the stream's
            [{ key: "b", kind: "pie", title: "B", metric: "warmth", dimension: "city", width: 6 }],
            // @ts-expect-error the histogram's field is not one of the event's measures
            [{ key: "c", kind: "histogram", title: "C", field: "city", width: 6 }],
            // @ts-expect-error the table's metric is not one of the stream's
            [{ key: "d", kind: "table", title: "D", dimensions: [], metrics: ["x"], width: 6 }],
          ],
          // @ts-expect-error the filter's dimension is not one of the event's
          filters: [{ kind: "dimension", dimension: "town" }],
        },
      }),
    () =>
      defineStream({
        name: "weather",
        event,
        metrics: { heat: sum("degrees") },
        producer: {
          intervalMs: 1_000,
          // @ts-expect-error a measure has no list of values
          forEach: "degrees",
          ranges: { Oslo: { degrees: { min: 0, max: 1 } }, Rome: { degrees: { min: 0, max: 1 } } },
        },
      }),
    () =>
      defineStream({
        name: "weather",
        event,
        metrics: { heat: sum("degrees") },
        producer: {
          intervalMs: 1_000,
          forEach: "city",
          // @ts-expect-error Rome has no range
          ranges: { Oslo: { degrees: { min: 0, max: 1 } } },
        },
      }),
  ];
  for (const declare of declarations) assert.throws(declare);
});
