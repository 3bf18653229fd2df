import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseDocument } from "yaml";
import { z } from "zod";
import { errorText } from "../resources/error-text";
import { configPath } from "../settings/config-key";
import { stackConfigSchema } from "../settings/stack-config";

const generation = stackConfigSchema.shape.secretsGeneration;
/** Stacks without the output `secretsGeneration` are older than it, and have the first generation. */
const outputs = z.object({ namespace: z.string(), secretsGeneration: generation });

export interface Rotation {
  /** The text of Pulumi.<stack>.yaml with the new generation, and otherwise unchanged. */
  readonly text: string;
  /** The generation that the next `up` makes. */
  readonly generation: number;
  /** Whether an earlier rotation to that generation was interrupted. */
  readonly resumed: boolean;
}

/**
 * Adds one to the generation in the config, unless it is already higher than that of the stack.
 *
 * @param inUse generation of the running stack
 */
export function nextRotation(text: string, inUse: number): Rotation {
  const document = parseDocument(text);
  const path = configPath(document, "secretsGeneration");
  const stored: unknown = document.getIn(path);
  const configured = generation.parse(stored === undefined ? undefined : Number(stored));
  if (configured > inUse) return { text, generation: configured, resumed: true };
  document.setIn(path, configured + 1);
  return { text: document.toString(), generation: configured + 1, resumed: false };
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { outputs: { type: "string" } },
  });
  const [stack] = positionals;
  if (!stack || !values.outputs) throw new Error("usage: rotate-secrets.ts STACK --outputs FILE");
  const found = outputs.safeParse(JSON.parse(readFileSync(values.outputs, "utf8") || "{}"));
  if (!found.success) {
    throw new Error(`stack ${stack} is not up, so it has no secrets to rotate. Run make up first`);
  }
  const file = join(__dirname, "..", `Pulumi.${stack}.yaml`);
  const before = existsSync(file) ? readFileSync(file, "utf8") : "config: {}\n";
  const next = nextRotation(before, found.data.secretsGeneration);
  if (next.text !== before) writeFileSync(file, next.text);
  console.error(
    next.resumed
      ? `The rotation to generation ${next.generation} was interrupted: it continues now.`
      : `Pulumi.${stack}.yaml: secretsGeneration is ${next.generation}.`,
  );
  const document = parseDocument(before);
  if (document.hasIn(configPath(document, "supersetSecretKey"))) {
    console.error(
      "supersetSecretKey is your own and stays. To change it: pulumi config set --secret " +
        "supersetPreviousSecretKey to the old one, and supersetSecretKey to the new.",
    );
  }
}

if (require.main === module) {
  try {
    main();
  } catch (error) {
    console.error(errorText(error));
    process.exitCode = 2;
  }
}
