import { z } from "zod";

/** A value that a person can set, or a group of such values. */
export interface Field {
  /** Keys from the schema's root. */
  readonly path: readonly string[];
  /** The allowed values, in words. */
  readonly type: string;
  /** Empty if the schema has none. */
  readonly description: string;
  /** The fields of a group with fixed keys. Empty for a value. */
  readonly fields: readonly Field[];
}

interface Node {
  readonly type?: unknown;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly enum?: unknown[] | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly properties?: Record<string, Node> | undefined;
  readonly items?: Node | undefined;
  readonly additionalProperties?: boolean | Node | undefined;
}

const node: z.ZodType<Node> = z.lazy(() =>
  z.object({
    type: z.unknown().optional(),
    title: z.string().optional(),
    description: z.string().optional(),
    enum: z.array(z.unknown()).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    properties: z.record(z.string(), node).optional(),
    items: node.optional(),
    additionalProperties: z.union([z.boolean(), node]).optional(),
  }),
);

/** The fields of an object's schema, in its order. They are read from the JSON Schema that zod makes of it. */
export function schemaFields(schema: z.ZodType): readonly Field[] {
  const root = node.parse(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
  return fieldAt([], root).fields;
}

/** The values among the fields and in their groups, without the groups themselves. */
export function leaves(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => (field.fields.length > 0 ? leaves(field.fields) : [field]));
}

function fieldAt(path: readonly string[], at: Node): Field {
  return {
    path,
    type: typeInWords(at),
    description: at.description ?? "",
    fields: Object.entries(at.properties ?? {}).map(([key, below]) =>
      fieldAt([...path, key], below),
    ),
  };
}

function typeInWords(at: Node): string {
  if (at.title) return at.title;
  if (at.enum) return at.enum.map((one) => `\`${one}\``).join(", ");
  switch (at.type) {
    case "integer":
    case "number":
      return `${at.type === "integer" ? "whole number" : "number"}${bounds(at)}`;
    case "boolean":
      return "`true`, `false`";
    case "string":
      return "text";
    case "array":
      return `list of ${plural(at.items)}`;
    case "object":
      return at.properties ? "map" : `map of ${plural(elementsOf(at))}`;
    default:
      return "text, number or boolean";
  }
}

function elementsOf({ additionalProperties }: Node): Node | undefined {
  return typeof additionalProperties === "object" ? additionalProperties : undefined;
}

function plural(element: Node | undefined): string {
  if (element?.type === "string") return "texts";
  return element?.type === "object" ? "maps" : "values";
}

/** Zod sets JavaScript's smallest and largest integer as bounds of every integer. These are left out. */
function bounds({ minimum, maximum }: Node): string {
  const from = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined;
  const to = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (from !== undefined && to !== undefined) return `, ${from} to ${to}`;
  if (from !== undefined) return `, ≥ ${from}`;
  return to === undefined ? "" : `, ≤ ${to}`;
}
