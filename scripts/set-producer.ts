import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { errorText } from "../resources/error-text";
import { configPath } from "../settings/config-key";
import { stackConfigSchema } from "../settings/stack-config";

const modes = stackConfigSchema.shape.producerMode;

/**
 * The text of a Pulumi.<stack>.yaml with the mode in it. If the mode is the default,
 * the key is removed. Everything else stays, including comments.
 *
 * @throws Error if there is no such mode
 */
export function withProducerMode(text: string, mode: string): string {
  const allowed = modes.unwrap();
  const checked = allowed.safeParse(mode);
  if (!checked.success) {
    throw new Error(`PRODUCER must be one of ${allowed.options.join(", ")}, is "${mode}"`);
  }
  const document = parseDocument(text);
  const path = configPath(document, "producerMode");
  if (checked.data === modes.parse(undefined)) document.deleteIn(path);
  else document.setIn(path, checked.data);
  return document.toString();
}

function main([stack, mode]: string[]): void {
  if (!stack || mode === undefined) {
    throw new Error("usage: tsx scripts/set-producer.ts STACK MODE");
  }
  const file = join(__dirname, "..", `Pulumi.${stack}.yaml`);
  const before = existsSync(file) ? readFileSync(file, "utf8") : "config: {}\n";
  const after = withProducerMode(before, mode);
  if (after !== before) writeFileSync(file, after);
}

if (require.main === module) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error(errorText(error));
    process.exitCode = 2;
  }
}
