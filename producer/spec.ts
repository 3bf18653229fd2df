import { readFileSync } from "node:fs";
import * as z from "zod";
import type { SenderSpec, TimestampFormat } from "../pipelines/derive/sender";

export const timestampFormats = [
  "epoch-seconds",
  "epoch-milliseconds",
  "iso-8601",
] as const satisfies readonly TimestampFormat[];

const range = z.object({ min: z.number(), max: z.number() });
const choice = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]);
const property = z.object({ type: z.union([z.string(), z.array(z.string())]) });

/** What the producer reads of a stream's {@link SenderSpec}. */
export type ProducerSpec = Omit<SenderSpec, "description" | "schema"> & {
  readonly schema: Pick<SenderSpec["schema"], "properties">;
};

const specSchema = z.object({
  name: z.string().min(1),
  topic: z.string().min(1),
  intervalMs: z.number().positive(),
  schema: z.object({ properties: z.record(z.string(), property) }),
  timestampField: z.string(),
  timestampFormat: z.enum(timestampFormats),
  forEach: z.string(),
  ranges: z
    .record(z.string(), z.record(z.string(), range))
    .refine((ranges) => Object.keys(ranges).length > 0, { error: "must have a value" }),
  choices: z.record(z.string(), z.array(choice).min(1)),
});

/** @throws Error that names the file and what is wrong with it */
export function readSpec(file: string): ProducerSpec {
  const parsed = specSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Error(problems.join("; "));
}
