import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { z } from "zod";

const service = z.object({ service: z.string(), port: z.int().positive() });

const outputs = z.object({
  namespace: z.string(),
  /** The kubeconfig's context; empty or absent: its current one. */
  context: z
    .string()
    .optional()
    .transform((name) => name || undefined),
  services: z.object({
    kafka: service,
    druid: service,
    coordinator: service,
    superset: service,
    airflow: service.optional(),
  }),
  supersetUsername: z.string(),
  /** Empty without Airflow. */
  airflowUsername: z.string().default(""),
  pipelines: z.record(
    z.string(),
    z.object({ topic: z.string(), datasource: z.string(), dashboard: z.string().optional() }),
  ),
});

/** What the scripts need of the stack's outputs. */
export type StackOutputs = z.infer<typeof outputs>;

/** Reads the options `--outputs FILE` (JSON, as `make outputs` prints it) and `--stack NAME` (default local). */
export function readStackOutputs(args: string[]): { stack: string; outputs: StackOutputs } {
  const { values } = parseArgs({
    args,
    options: { outputs: { type: "string" }, stack: { type: "string", default: "local" } },
  });
  if (values.outputs === undefined) throw new Error("--outputs FILE is needed");
  const text = readFileSync(values.outputs, "utf8");
  if (text.trim() === "" || text.trim() === "{}") {
    throw new Error(`stack ${values.stack} has no outputs: \`make up\` stands it up`);
  }
  return { stack: values.stack, outputs: outputs.parse(JSON.parse(text)) };
}
