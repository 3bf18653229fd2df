import { randomBytes } from "node:crypto";
import { probeField } from "../pipelines/declare/fields";
import type { Stream } from "../pipelines/declare/stream";
import { valuesAt } from "../pipelines/derive/example";
import { messageOf } from "../pipelines/derive/message";
import type { Message } from "./topic";

/** A new run's id, with which the mark of each of its events begins. It has no characters that are special in LIKE. */
export function newRunId(now: Date = new Date()): string {
  return `verify-${now.getTime().toString(36)}-${randomBytes(3).toString("hex")}`;
}

/** The mark of a run's n-th event. */
export const probeId = (run: string, index: number) => `${run}-${index}`;

/**
 * An event of the stream with the current time and a mark.
 *
 * @throws Error if its messages are of a format that this program does not write
 */
export function probeMessage(stream: Stream, probe: string, now: Date = new Date()): Message {
  const message = messageOf(stream, { ...valuesAt(stream, now), [probeField]: probe });
  if (message !== undefined) return message;
  throw new Error(
    `stream "${stream.name}": no marked event can be sent, because its format is ${stream.format.type}, which this program does not write`,
  );
}
