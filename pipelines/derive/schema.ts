import type { DimensionValue, Field } from "../declare/fields";
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
  readonly enum?: readonly DimensionValue[];
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
      .filter(([, field]) => !("optional" in field && field.optional))
      .map(([name]) => name),
    additionalProperties: false,
  };
}

const jsonTypes = {
  string: "string",
  long: "integer",
  double: "number",
  boolean: "boolean",
  decimal: "string",
  "big-integer": "string",
} as const;

function fieldSchema(field: Field): FieldSchema {
  const title = field.label === undefined ? {} : { title: field.label };
  if (field.role === "timestamp") {
    const description = "Epoch seconds, epoch milliseconds or ISO-8601";
    return { ...title, description, type: ["integer", "string"] };
  }
  if (field.role === "sketch") return { ...title, type: ["string", "number", "null"] };
  const type = jsonTypes[field.type];
  if (field.role === "measure") {
    return { ...title, type: field.optional ? [type, "null"] : type };
  }
  if (field.multiple) return { ...title, type: field.optional ? ["array", "null"] : "array" };
  return {
    ...title,
    type: field.optional ? [type, "null"] : type,
    ...(field.values === undefined ? {} : { enum: field.values }),
  };
}
