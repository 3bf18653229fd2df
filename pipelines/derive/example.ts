import type { Field } from "../declare/fields";
import type { Stream } from "../declare/stream";

/**
 * One event of the stream, made from its declaration. Druid's sampler tries an ingestion spec on it while the topic is
 * empty.
 */
export function exampleEvent(stream: Stream): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(stream.event)
      .filter(([, field]) => !(field.role === "dimension" && field.optional))
      .map(([name, field]) => [name, exampleValue(field)]),
  );
}

function exampleValue(field: Field): string | number {
  switch (field.role) {
    case "timestamp":
      return "2021-02-05T10:10:01Z";
    case "measure":
      return 1;
    case "dimension":
      return field.values?.[0] ?? (field.type === "string" ? "example" : 1);
  }
}
