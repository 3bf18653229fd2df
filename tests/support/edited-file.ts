import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A file of the repository that a test edits, and restores. */
export class EditedFile {
  private readonly path: string;
  readonly original: string;

  constructor(name: string) {
    this.path = join(__dirname, "../..", name);
    this.original = readFileSync(this.path, "utf8");
  }

  write(text: string): void {
    writeFileSync(this.path, text);
  }

  putBack(): void {
    writeFileSync(this.path, this.original);
  }
}
