import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseDocument } from "yaml";
import { z } from "zod";
import { errorText } from "../resources/error-text";
import { stackConfigSchema } from "../settings/stack-config";

const prefix = "realtime-analytics:";
const key = `${prefix}secretsGeneration`;
const generation = stackConfigSchema.shape.secretsGeneration;
/** A stack that was stood up before secrets had generations has the first. */
const outputs = z.object({ namespace: z.string(), secretsGeneration: generation });

export interface Rotation {
  /** The text of Pulumi.<stack>.yaml with the generation in it, all else in it as it was. */
  text: string;
  /** What the next `up` brings the stack to. */
  generation: number;
  /** True: an earlier rotation to that generation was interrupted. */
  resumed: boolean;
}

/**
 * Counts the generation up by one, unless the config is ahead of the stack already.
 *
 * @param inUse generation that the running stack has
 */
export function nextRotation(text: string, inUse: number): Rotation {
  const document = parseDocument(text);
  const stored: unknown = document.getIn(["config", key]);
  const configured = generation.parse(stored === undefined ? undefined : Number(stored));
  if (configured > inUse) return { text, generation: configured, resumed: true };
  document.setIn(["config", key], configured + 1);
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
  if (before.includes(`${prefix}supersetSecretKey`)) {
    console.error(
      "supersetSecretKey is your own and stays. To change it: pulumi config set --secret " +
        `${prefix}supersetPreviousSecretKey to the old one, and supersetSecretKey to the new.`,
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
