import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "../..");
const parts = [
  "airflow",
  "charts-values",
  "components",
  "exporter",
  "images",
  "pipelines",
  "preflight",
  "producer",
  "resources",
  "scripts",
  "settings",
  "verify",
];

/** A copy of the program, with this folder's packages, for a test to change. */
export class ProgramCopy {
  readonly folder: string;

  constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `${name}-`));
    const files = readdirSync(root).filter((file) => /^(Pulumi.*\.yaml|.*\.(ts|json))$/.test(file));
    for (const file of [...parts, ...files]) {
      cpSync(join(root, file), join(this.folder, file), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
  }

  /** Runs Node.js in it, and returns the standard output. @throws Error if the command fails */
  run(...args: string[]): string {
    return execFileSync("node", args, {
      cwd: this.folder,
      // Without this variable of the test that runs it, it may run tests itself.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
      encoding: "utf8",
      maxBuffer: 64 * 2 ** 20,
    });
  }

  /** The manifests of a stack, as `make render` prints them, with config `KEY=VALUE` besides the stack's. */
  render(stack: string, ...overrides: string[]): string {
    return this.run("--import", "tsx", "render.ts", stack, ...overrides);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
