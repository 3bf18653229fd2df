/** Streams for tests, which don't need one of the program's own. */
import { average, count, defineStream, dimension, measure, sum, timestamp } from "../declare";
import type { Stream } from "../declare/stream";
import { type SenderSpec, senderSpec } from "../derive/sender";

/** The prices of four coins. */
export const prices = defineStream({
  name: "prices",
  description: "Prices of four coins",
  event: {
    timestamp: timestamp({ label: "Time" }),
    name: dimension.oneOf(["BTC", "ETH", "BTT", "DOT"], { label: "Coin" }),
    data_id: measure.integer({ label: "Price" }),
  },
  metrics: { price: sum("data_id"), rows: count() },
  producer: {
    intervalMs: 5_000,
    forEach: "name",
    ranges: {
      BTC: { data_id: { min: 10, max: 400 } },
      ETH: { data_id: { min: 10, max: 250 } },
      BTT: { data_id: { min: 10, max: 40 } },
      DOT: { data_id: { min: 40, max: 170 } },
    },
  },
});

/** A stream with a field of every kind. Its name has a hyphen. */
export const shop = defineStream({
  name: "web-shop",
  event: {
    at: timestamp(),
    channel: dimension.oneOf(["web", "app"]),
    payment: dimension.oneOf(["card", "cash"]),
    country: dimension.string(),
    city: dimension.string(),
    coupon: dimension.optionalString(),
    store: dimension.integer(),
    items: measure.integer(),
    amount: measure.number(),
  },
  metrics: { revenue: sum("amount"), basket: average("amount") },
  topic: { name: "shop.orders" },
  producer: {
    intervalMs: 250,
    forEach: "channel",
    ranges: {
      web: { items: { min: 1, max: 3 }, amount: { min: 0.5, max: 0.75 } },
      app: { items: { min: 4, max: 4 }, amount: { min: -2, max: 2 } },
    },
    choices: { country: ["PT", "DE"] },
  },
});

/** The spec that `pulumi up` would give the senders of a stream that declares `producer`. */
export function specOf(stream: Stream): SenderSpec {
  const spec = senderSpec(stream);
  if (spec === undefined) throw new Error(`stream "${stream.name}" has no producer`);
  return spec;
}
