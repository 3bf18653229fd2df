import assert from "node:assert/strict";
import { test } from "node:test";
import { defineStream, dimension, measure, timestamp } from "../declare";
import { prices, shop, specOf } from "../testing/streams";
import { senderSpec } from "./sender";

test("a spec has all that a sender needs, and no field of verify's", () => {
  const { schema, ...spec } = specOf(shop);
  assert.deepEqual(spec, {
    name: "web-shop",
    description: "",
    topic: "shop.orders",
    intervalMs: 250,
    timestampField: "at",
    timestampFormat: "epoch-seconds",
    forEach: "channel",
    ranges: shop.producer?.ranges,
    choices: {
      payment: ["card", "cash"],
      country: ["PT", "DE"],
      city: ["city-1", "city-2", "city-3", "city-4", "city-5"],
      coupon: ["coupon-1", "coupon-2", "coupon-3", "coupon-4", "coupon-5", null],
      store: [1, 2, 3, 4, 5],
    },
  });
  assert.equal(schema.properties.amount?.type, "number");
});

test("a stream without a producer has none, and one without measures sends each value all the same", () => {
  assert.equal(senderSpec({ ...prices, producer: undefined }), undefined);
  const visits = defineStream({
    name: "visits",
    event: { at: timestamp(), page: dimension.oneOf(["home", "shop"]) },
    metrics: {},
    producer: { intervalMs: 100, forEach: "page", ranges: { home: {}, shop: {} } },
  });
  assert.deepEqual(specOf(visits).ranges, { home: {}, shop: {} });
});

const event = {
  at: timestamp(),
  city: dimension.oneOf(["Oslo", "Rome"]),
  sky: dimension.optionalString(),
  ground: dimension.string(),
  floor: dimension.integer(),
  steps: measure.integer(),
};
const range = { steps: { min: 0, max: 1 } };
const producer = { intervalMs: 1_000, forEach: "city", ranges: { Oslo: range, Rome: range } };

/** Producers that could not make an event that fits, each with what is said of it. */
const refused: readonly [about: string, change: object, message: RegExp][] = [
  ["an interval of nothing", { intervalMs: 0 }, /intervalMs must be .* from 10 to 86400000, is 0/],
  ["an interval of weeks", { intervalMs: 1e9 }, /intervalMs must be/],
  [
    "halves of a whole number",
    { ranges: { Oslo: range, Rome: { steps: { min: 0.5, max: 1 } } } },
    /ranges of "steps" for "Rome" must have whole numbers/,
  ],
  [
    "no end",
    { ranges: { Oslo: range, Rome: { steps: { min: 0, max: Number.POSITIVE_INFINITY } } } },
    /no range of "steps" for "Rome"/,
  ],
  [
    "a value that isn't declared",
    { ranges: { Oslo: range, Rome: range, Bonn: range } },
    /ranges has Bonn, which "city" has not/,
  ],
  [
    "a measure that isn't declared",
    { ranges: { Oslo: range, Rome: { ...range, legs: { min: 1, max: 2 } } } },
    /ranges has "legs" for "Rome", which is no measure/,
  ],
  ["choices of a measure", { choices: { steps: [1] } }, /choices has "steps", which is no dim/],
  ["choices of nothing", { choices: { ground: [] } }, /choices has no value of "ground"/],
  ["a number for a text", { choices: { ground: [1] } }, /choices has 1, which "ground" can't be/],
  ["half a floor", { choices: { floor: [0.5] } }, /choices has 0.5, which "floor" can't be/],
  ["a field left out that must be", { choices: { ground: [null] } }, /choices has null, which/],
  ["choices of forEach", { choices: { city: ["Oslo"] } }, /choices has "city", which forEach/],
];

for (const [about, change, message] of refused) {
  test(`a producer with ${about} is refused`, () => {
    const declare = (options: object) =>
      defineStream({ name: "walks", event, metrics: {}, producer: options } as never);
    declare({ ...producer, choices: { sky: ["blue", null], floor: [1] } });
    assert.throws(() => declare({ ...producer, ...change }), message);
  });
}
