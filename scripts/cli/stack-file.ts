import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { isMap, parseDocument } from "yaml";
import { z } from "zod";
import { configPath, fullKey } from "../../settings/config-key";

const salt = "encryptionsalt";
const saltLine = new RegExp(`^${salt}: .*\\n?`, "m");
const stackFile = z.object({ config: z.record(z.string(), z.unknown()).nullish() }).nullable();

/**
 * Takes over into a stack's committed config file what a command of the CLI set (`config set`), and leaves the rest of the
 * file as it was. The CLI writes the whole file: with the project's name before each key, and with the salt of the stack's
 * secrets. The salt of an embedded stack belongs to this machine's passphrase, and is in the state too. So it is removed
 * from the file, unless a secret in the file needs it. Commands that take minutes write into a copy of the file (cli.ts).
 */
export class StackFile {
  private readonly before: string;

  constructor(
    private readonly path: string,
    private readonly isEmbedded: boolean,
  ) {
    this.before = this.read();
  }

  /** Restores what the command did not set, after it has ended. */
  restore(): void {
    const written = this.read();
    if (!this.isEmbedded) return;
    const text = withChanges(this.before, written);
    if (text !== written) writeFileSync(this.path, text);
  }

  private read(): string {
    return existsSync(this.path) ? readFileSync(this.path, "utf8") : "";
  }
}

/** The text of a file before a command, with the values that the command set in it, and without those that it removed. */
function withChanges(before: string, written: string): string {
  const [was, is] = [configOf(before), configOf(written)];
  const keys = [...new Set([...was.keys(), ...is.keys()])];
  const changed = keys.filter((key) => !isDeepStrictEqual(was.get(key), is.get(key)));
  const hasSecret = [...is.values()].some((value) => typeof value === "object");
  if (changed.length === 0 && !hasSecret) return before.replace(saltLine, "");
  const file = parseDocument(before);
  const config = file.get("config");
  // Otherwise the entries would stand between the braces of an empty `config: {}`.
  if (isMap(config) && config.items.length === 0) config.flow = false;
  for (const key of changed) {
    const path = configPath(file, key);
    if (is.has(key)) file.setIn(path, is.get(key));
    else file.deleteIn(path);
  }
  if (hasSecret) file.set(salt, parseDocument(written).get(salt));
  else file.delete(salt);
  return file.toString({ lineWidth: 0 });
}

/** The values by their full keys. The CLI writes numbers and booleans as text. */
function configOf(text: string): Map<string, unknown> {
  const config = stackFile.parse(parseDocument(text).toJS())?.config ?? {};
  return new Map(
    Object.entries(config).map(([key, value]) => [
      fullKey(key),
      typeof value === "object" ? value : String(value),
    ]),
  );
}
