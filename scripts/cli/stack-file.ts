import { existsSync, readFileSync, writeFileSync } from "node:fs";

const saltLine = /^encryptionsalt: .*\n?/m;

/**
 * Keeps the salt out of a stack's committed config file. The CLI writes the salt of the stack's secrets into the file. The
 * salt of an embedded stack belongs to this machine's passphrase, and is in the state too. So it is removed from the file,
 * unless a secret in the file needs it. Other changes of a command (`config set`) stay. Commands that take minutes write
 * into a copy of the file (cli.ts).
 */
export class StackFile {
  private readonly before: string;

  constructor(
    private readonly path: string,
    private readonly isEmbedded: boolean,
  ) {
    this.before = this.read();
  }

  /** Removes the salt after the command has ended. */
  restore(): void {
    const after = this.read();
    if (!this.isEmbedded || /^ *secure: |: *\n? *secure: /m.test(after)) return;
    const [was, is] = [withoutSalt(this.before), withoutSalt(after)];
    const kept = normalized(was) === normalized(is) ? was : is;
    if (kept !== after) writeFileSync(this.path, kept);
  }

  private read(): string {
    return existsSync(this.path) ? readFileSync(this.path, "utf8") : "";
  }
}

function withoutSalt(text: string): string {
  return text.replace(saltLine, "");
}

/** Removes the differences that the CLI makes whenever it writes the file: outer blank lines, and an empty `config`. */
function normalized(text: string): string {
  return text.replace(/^config: *\{\} *$/m, "").trim();
}
