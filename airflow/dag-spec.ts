import type { Stream } from "../pipelines/declare/stream";
import { demo } from "../pipelines/demo";
import { type EventSchema, eventSchema } from "../pipelines/derive/schema";
import type { Settings } from "../settings";

/** A stream as airflow/dags/stream.py reads it from the file `<name>.json` beside the DAG. */
export interface DagSpec {
  readonly name: string;
  readonly schema: EventSchema;
  readonly timestampField: string;
  readonly timestampFormat: Settings["config"]["producerTimestampFormat"];
  /** A round has one event for each value of this field. */
  readonly forEach: string;
  /** The range of each measure for each value: value → measure → range, with both ends included. */
  readonly ranges: NonNullable<Stream["producer"]>["ranges"];
}

/**
 * What a DAG needs to make a stream's events.
 *
 * @throws Error if the stream has no `producer`
 */
export function dagSpec(stream: Stream, timestampFormat: DagSpec["timestampFormat"]): DagSpec {
  const { name, timestampField, producer } = stream;
  if (!producer) throw new Error(`stream "${name}": it has no producer, which a DAG needs`);
  const { forEach, ranges } = producer;
  return {
    name,
    schema: eventSchema(stream),
    timestampField,
    timestampFormat,
    forEach,
    ranges,
  };
}

if (require.main === module) {
  process.stdout.write(`${JSON.stringify(dagSpec(demo, "epoch-seconds"), undefined, 2)}\n`);
}
