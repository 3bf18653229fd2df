import { type DemoEvent, demo } from "../pipelines/demo";
import type { Message } from "./buffer";

/** How an event's time is written. Druid takes all three. */
export const timestampFormats = ["epoch-seconds", "epoch-milliseconds", "iso-8601"] as const;
export type TimestampFormat = (typeof timestampFormats)[number];

/** The coins, one of which each event is about. */
export const coins = demo.event.name.values ?? [];
export type Coin = DemoEvent["name"];

/** A time as the event carries it: whole seconds, whole ms, or `2021-02-05T10:10:01.000Z`. */
export function formatTimestamp(time: Date, format: TimestampFormat): number | string {
  switch (format) {
    case "epoch-seconds":
      return Math.floor(time.getTime() / 1000);
    case "epoch-milliseconds":
      return time.getTime();
    case "iso-8601":
      return time.toISOString();
  }
}

/**
 * An event of a coin at a time, its price drawn evenly from the range that the stream declares.
 *
 * @throws Error when the stream declares no range for the coin
 */
export function createEvent(coin: Coin, time: Date, format: TimestampFormat): DemoEvent {
  const range = demo.producer?.ranges[coin]?.data_id;
  if (!range) throw new Error(`pipelines/demo.ts: producer.ranges has no data_id for ${coin}`);
  const span = range.max - range.min + 1;
  return {
    data_id: range.min + Math.floor(Math.random() * span),
    name: coin,
    timestamp: formatTimestamp(time, format),
  };
}

/** The event as Kafka's message, keyed by coin so that a coin's events stay in order. */
export function toMessage(event: DemoEvent): Message {
  return { key: event.name, value: JSON.stringify(event) };
}
