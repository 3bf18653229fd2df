import { type DimensionField, type DimensionValue, probeField } from "../declare/fields";
import type { Stream } from "../declare/stream";
import { type EventSchema, eventSchema } from "./schema";

/** The forms of an event's time. Druid reads all three. */
export type TimestampFormat = "epoch-seconds" | "epoch-milliseconds" | "iso-8601";

/**
 * All that a program needs to make a stream's events and send them. It is a JSON file that producer/ and
 * airflow/dags/stream.py read, so that neither contains a stream.
 */
export interface SenderSpec {
  readonly name: string;
  readonly description: string;
  readonly topic: string;
  /** Time between two rounds, in ms. */
  readonly intervalMs: number;
  readonly schema: EventSchema;
  readonly timestampField: string;
  readonly timestampFormat: TimestampFormat;
  /** A round has one event for each key of `ranges`. This field has the key, which is the message's key too. */
  readonly forEach: string;
  /** The range of each measure for each value: value → measure → range, with both ends included. */
  readonly ranges: Readonly<
    Record<string, Readonly<Record<string, { readonly min: number; readonly max: number }>>>
  >;
  /** What each other dimension is drawn from. With null the event doesn't have the field. */
  readonly choices: Readonly<Record<string, readonly (DimensionValue | null)[]>>;
}

/** What sends the stream's events. Undefined if the stream declares no `producer`. */
export function senderSpec(
  stream: Stream,
  timestampFormat: TimestampFormat = "epoch-seconds",
): SenderSpec | undefined {
  const { name, description, topic, timestampField, producer } = stream;
  if (producer === undefined) return undefined;
  const { intervalMs, forEach } = producer;
  const each = stream.event[forEach];
  const values = each?.role === "dimension" ? (each.values ?? []) : [];
  return {
    name,
    description,
    topic: topic.name,
    intervalMs,
    schema: eventSchema(stream),
    timestampField,
    timestampFormat,
    forEach,
    ranges: Object.fromEntries(
      values.map((value) => [value, producer.ranges[String(value)] ?? {}]),
    ),
    choices: choicesOf(stream, forEach, producer.choices ?? {}),
  };
}

function choicesOf(
  { event }: Stream,
  forEach: string,
  declared: NonNullable<NonNullable<Stream["producer"]>["choices"]>,
): SenderSpec["choices"] {
  const choices = Object.entries(event).flatMap(([name, field]) => {
    // Events with the probe field are those of `make verify`.
    if (field.role !== "dimension" || name === forEach || name === probeField) return [];
    return [[name, declared[name] ?? madeUp(name, field)] as const];
  });
  return Object.fromEntries(choices);
}

function madeUp(name: string, field: DimensionField): readonly (DimensionValue | null)[] {
  if (field.values) return field.values;
  const numbers = [1, 2, 3, 4, 5];
  if (field.type === "boolean") return field.optional ? [true, false, null] : [true, false];
  if (field.multiple) return numbers.map((one) => [`${name}-${one}`]);
  const isText = field.type !== "long" && field.type !== "double";
  if (isText && field.type !== "string") return numbers.map(String);
  const values = isText ? numbers.map((one) => `${name}-${one}`) : numbers;
  return field.optional ? [...values, null] : values;
}
