import { existsSync, readFileSync, writeFileSync } from "node:fs";

const saltLine = /^encryptionsalt: .*\n?/m;

/**
 * Keeps a stack's committed config file as it is. The CLI writes the salt of the stack's secrets into it; that of an
 * embedded stack belongs to this machine's passphrase and is in the state as well, so that it goes out of the file again,
 * unless a secret in the file needs it. All else that a command changed (`config set`) stays. The commands that run for
 * minutes get a copy of the file to write into (cli.ts).
 */
export class StackFile {
  private readonly before: string;

  constructor(
    private readonly path: string,
    private readonly isEmbedded: boolean,
  ) {
    this.before = this.read();
  }

  /** Takes the salt out, once the command has ended. */
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

/** What the CLI changes when it writes a file that it has read: ends of lines, and an empty map of config. */
function normalized(text: string): string {
  return text.replace(/^config: *\{\} *$/m, "").trim();
}
