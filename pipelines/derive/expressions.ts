/** The expressions of a stream's ingestion, in Druid's expression language (Druid 33, "Expressions"). */
import type { Field, TimestampField } from "../declare/fields";

/** A column in an expression. */
export const identifier = (name: string) => `"${name}"`;
const text = (value: string) => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** The names that Druid's `kafka` input format gives to what is beside a message's value. */
export const kafkaColumns = {
  key: "kafka.key",
  topic: "kafka.topic",
  timestamp: "kafka.timestamp",
  headers: "kafka.header.",
} as const;

/** The column of the message that a field's value is in, which has the field's name unless Kafka gives it. */
export function sourceColumn(name: string, { kafka }: Pick<Field, "kafka">): string {
  if (kafka === undefined) return name;
  if (kafka.startsWith("header:")) return `${kafkaColumns.headers}${kafka.slice("header:".length)}`;
  return kafkaColumns[kafka as "key" | "topic" | "timestamp"];
}

/**
 * By its size a number is one of seconds, ms, µs or ns: in each of the units the ranges are from 1973 to the year 5138. A text that
 * is no number is ISO 8601, and is left as Druid's "auto" has read it.
 */
function autoTime(column: string): string {
  const size = "abs(__time)";
  const ms = `case_searched(${size} < 1e11, round(cast(${column}, 'DOUBLE') * 1000), ${size} < 1e14, __time, ${size} < 1e17, __time / 1000, __time / 1000000)`;
  return `if(regexp_like(${column}, '^[-+]?[0-9.]+$'), ${ms}, __time)`;
}

/** Druid refuses a row whose time is a text that is no number, and tells the text. */
const noTime = "'a time that does not fit its format'";

/** The time in ms, where Druid's own reading of it is not enough. */
export function timeExpression(name: string, field: TimestampField): string | undefined {
  const { format = "auto", kafka } = field;
  const column = identifier(name);
  if (kafka !== undefined) return undefined;
  if (typeof format === "object") {
    const { pattern, zone = "UTC" } = format;
    return `nvl(timestamp_parse(${column}, ${text(pattern)}, ${text(zone)}), ${noTime})`;
  }
  switch (format) {
    case "auto":
      return autoTime(column);
    case "seconds":
      return `round(cast(${column}, 'DOUBLE') * 1000)`;
    case "iso":
      // Druid takes a number for ms, whatever the format.
      return `if(regexp_like(${column}, '^[-+]?[0-9.]{5,}$'), ${noTime}, __time)`;
    default:
      return undefined;
  }
}

/** `timestampSpec.format` (Druid 33, "Ingestion spec reference"). `ruby` is seconds with a fraction. */
export function timeFormat({ format = "auto", kafka }: TimestampField): string {
  if (kafka !== undefined) return "millis";
  // Any text will do: the expression reads it.
  if (typeof format === "object") return format.pattern;
  return {
    auto: "auto",
    seconds: "ruby",
    milliseconds: "millis",
    microseconds: "micro",
    nanoseconds: "nano",
    iso: "iso",
  }[format];
}

/** The digits of whole numbers and of decimals. A JSON number with a fraction or beyond 64 bits is a double, and has `.` in its text. */
const whole = "'^[-+]?[0-9]+$'";
const decimal = "'^[-+]?[0-9]+([.][0-9]+)?$'";

/** What a field's column is made of, where that is more than the message's own value; undefined: it is that. */
export function valueExpression(
  name: string,
  field: Exclude<Field, TimestampField>,
  isLines: boolean,
): string | undefined {
  if (field.expression !== undefined) return field.expression;
  const source = identifier(sourceColumn(name, field));
  switch (field.type) {
    case "big-integer":
      return `if(regexp_like(${source}, ${whole}), ${source}, null)`;
    case "decimal":
      // Only a text with a text behind it is a longer text.
      return `if(regexp_like(${source}, ${whole}) || (${source} + 'x' == concat(${source}, 'x') && regexp_like(${source}, ${decimal})), ${source}, null)`;
    case "long":
      // Druid would store a larger number as the largest of 64 bits. A double has an E in its text, a long has not.
      return `if(abs(${source}) >= 9223372036854775807.0 && regexp_like(${source}, 'E'), null, ${source})`;
  }
  if (isLines && !("multiple" in field && field.multiple))
    return `if(${source} == '', null, ${source})`;
  return field.kafka === undefined ? undefined : source;
}
