import type { Field } from "../declare/fields";
import type { Stream } from "../declare/stream";

export interface EventSchema {
  readonly $schema: "https://json-schema.org/draft/2020-12/schema";
  readonly title: string;
  readonly type: "object";
  readonly properties: Readonly<Record<string, FieldSchema>>;
  readonly required: readonly string[];
  readonly additionalProperties: false;
}

export interface FieldSchema {
  readonly title?: string;
  readonly description?: string;
  readonly type: string | readonly string[];
  readonly enum?: readonly (string | number)[];
}

/** The JSON Schema of the stream's events, for producers in other languages. */
export function eventSchema(stream: Stream): EventSchema {
  const fields = Object.entries(stream.event);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: stream.name,
    type: "object",
    properties: Object.fromEntries(fields.map(([name, field]) => [name, fieldSchema(field)])),
    required: fields
      .filter(([, field]) => !(field.role === "dimension" && field.optional))
      .map(([name]) => name),
    additionalProperties: false,
  };
}

function fieldSchema(field: Field): FieldSchema {
  const title = field.label === undefined ? {} : { title: field.label };
  if (field.role === "timestamp") {
    const description = "Epoch seconds, epoch milliseconds or ISO-8601";
    return { ...title, description, type: ["integer", "string"] };
  }
  const type = { string: "string", long: "integer", double: "number" }[field.type];
  if (field.role === "measure") return { ...title, type };
  return {
    ...title,
    type: field.optional ? [type, "null"] : type,
    ...(field.values === undefined ? {} : { enum: field.values }),
  };
}
