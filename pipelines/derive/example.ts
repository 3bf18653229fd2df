import type { DimensionValue, Field } from "../declare/fields";
import type { Stream } from "../declare/stream";
import { inMessage } from "./input-format";
import { messageOf, type Values } from "./message";

/** The values of one event of the stream, made from its declaration: those that each event has. */
export function exampleEvent(stream: Stream): Record<string, DimensionValue> {
  return Object.fromEntries(
    Object.entries(stream.event)
      .filter(([name, field]) => !("optional" in field && field.optional) && isSent(stream, name))
      .map(([name, field]) => [name, exampleValue(field, new Date("2021-02-05T10:10:01Z"))]),
  );
}

/**
 * The value of a message with that event. Druid's sampler tries an ingestion spec on it while the topic is empty. Undefined if
 * there is none to make without a registry's schema.
 */
export function exampleMessage(stream: Stream): string | undefined {
  return messageOf(stream, exampleEvent(stream))?.value;
}

/** An event's values with a time, written as the stream declares it. Undefined values are Kafka's own. */
export function valuesAt(stream: Stream, now: Date): Values {
  const field = stream.event[stream.timestampField];
  if (field === undefined || !isSent(stream, stream.timestampField)) return exampleEvent(stream);
  return { ...exampleEvent(stream), [stream.timestampField]: exampleValue(field, now) };
}

/** Whether who sends a message also gives it this: Kafka itself has the topic and the timestamp. */
function isSent(stream: Stream, name: string): boolean {
  const kafka = stream.event[name]?.kafka;
  return inMessage(stream, name) || kafka === "key" || kafka?.startsWith("header:") === true;
}

function exampleValue(field: Field, now: Date): DimensionValue {
  switch (field.role) {
    case "timestamp":
      return exampleTime(field.format, now);
    case "measure":
    case "sketch":
      return 1;
    case "dimension":
      return exampleOf(field);
  }
}

function exampleOf(field: Extract<Field, { role: "dimension" }>): DimensionValue {
  const [first] = field.values ?? [];
  if (first !== undefined) return first;
  if (field.multiple) return ["example"];
  return {
    string: "example",
    long: 1,
    double: 1,
    boolean: true,
    decimal: "1.50",
    "big-integer": "18446744073709551616",
  }[field.type];
}

type Format = Extract<Field, { role: "timestamp" }>["format"];

function exampleTime(format: Format = "auto", now: Date): string | number {
  const ms = now.getTime();
  if (typeof format === "object") return inPattern(format.pattern, format.zone ?? "UTC", now);
  return {
    auto: now.toISOString(),
    iso: now.toISOString(),
    seconds: ms / 1_000,
    milliseconds: ms,
    microseconds: ms * 1_000,
    nanoseconds: `${ms}000000`,
  }[format];
}

/** A Joda pattern's letters are those of its date and time, and whatever is between them stays. */
function inPattern(pattern: string, zone: string, now: Date): string {
  const options = { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit" } as const;
  const parts = new Intl.DateTimeFormat("en", {
    ...options,
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    weekday: "short",
  }).formatToParts(now);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  const month = new Intl.DateTimeFormat("en", { timeZone: zone, month: "long" }).format(now);
  const texts: Record<string, (length: number) => string> = {
    y: (length) => part("year").slice(length === 2 ? -2 : 0),
    M: (length) => (length > 3 ? month : length === 3 ? month.slice(0, 3) : part("month")),
    d: () => part("day"),
    H: () => part("hour"),
    h: () => String(((Number(part("hour")) + 11) % 12) + 1).padStart(2, "0"),
    m: () => part("minute"),
    s: () => part("second"),
    S: (length) => part("fractionalSecond").padEnd(length, "0").slice(0, length),
    a: () => (Number(part("hour")) < 12 ? "AM" : "PM"),
    E: () => part("weekday"),
  };
  return pattern.replace(/'([^']*)'|([A-Za-z])\2*/g, (found, literal, letter) => {
    if (literal !== undefined) return literal === "" ? "'" : literal;
    if (letter === "Z" || letter === "z") return "+0000";
    return texts[letter]?.(found.length) ?? found;
  });
}
