import type { TimestampFormat } from "../pipelines/derive/sender";
import type { Message } from "./buffer";
import type { ProducerSpec } from "./spec";

/** An event's fields. A field that is left out is not there. */
export type Event = Readonly<Record<string, ProducerSpec["choices"][string][number]>>;

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

/** The values of the field `forEach`. A round has one event for each. */
export function valuesOf({ ranges }: ProducerSpec): readonly string[] {
  return Object.keys(ranges);
}

/** An event of one of these values, with a time. Measures are evenly distributed over their ranges, other fields over their choices. */
export function createEvent(spec: ProducerSpec, value: string, time: Date): Event {
  const measures = Object.entries(spec.ranges[value] ?? {}).map(([name, { min, max }]) => {
    const isWhole = spec.schema.properties[name]?.type === "integer";
    const above = isWhole
      ? Math.floor(Math.random() * (max - min + 1))
      : Math.random() * (max - min);
    return [name, min + above] as const;
  });
  const others = Object.entries(spec.choices).flatMap(([name, choices]) => {
    const choice = choices[Math.floor(Math.random() * choices.length)];
    return choice === undefined || choice === null ? [] : [[name, choice] as const];
  });
  return {
    ...Object.fromEntries(measures),
    ...Object.fromEntries(others),
    [spec.forEach]: value,
    [spec.timestampField]: formatTimestamp(time, spec.timestampFormat),
  };
}

/** The event as a Kafka message. Its key is the value of `forEach`, so that the events of one value stay in order. */
export function toMessage(spec: ProducerSpec, event: Event): Message {
  return { key: String(event[spec.forEach]), value: JSON.stringify(event) };
}
