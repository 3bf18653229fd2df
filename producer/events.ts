import { type DemoEvent, demo } from "../pipelines/demo";
import type { Message } from "./buffer";

/** The forms of an event's time. Druid reads all three. */
export const timestampFormats = ["epoch-seconds", "epoch-milliseconds", "iso-8601"] as const;
export type TimestampFormat = (typeof timestampFormats)[number];

/** The coins, one of which each event is about. */
export const coins = demo.event.name.values ?? [];
export type Coin = DemoEvent["name"];

/** A time in one of the forms: whole seconds, whole ms, or `2021-02-05T10:10:01.000Z`. */
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
 * An event with a coin, a time and a random price, evenly distributed over the range that the stream declares.
 *
 * @throws Error if the stream declares no range for the coin
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

/** The event as a Kafka message. Its key is the coin, so that the events of one coin stay in order. */
export function toMessage(event: DemoEvent): Message {
  return { key: event.name, value: JSON.stringify(event) };
}
