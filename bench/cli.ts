import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Cli, chosenCli } from "../scripts/cli/cli";

const root = join(__dirname, "..");

/** The Pulumi CLI as `make` runs it on an embedded stack, without the work of `make` before and after. */
export async function embeddedCli(stack: string): Promise<Cli> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, "scripts/launch.cjs"), "local/environment.ts", "embedded"],
    { cwd: root },
  );
  const pairs = stdout
    .trim()
    .split("\n")
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
  Object.assign(process.env, Object.fromEntries(pairs));
  return chosenCli(stack, true);
}

/**
 * Runs a command of the CLI in a folder, and returns how long it took, in ms.
 *
 * @throws Error with the end of its output if it fails
 */
export function timeCli({ path, env }: Cli, folder: string, ...args: string[]): Promise<number> {
  const started = performance.now();
  const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
  const child = spawn(path, args, { cwd: join(root, folder), env, stdio });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      printed += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) return resolve(performance.now() - started);
      reject(new Error(`pulumi ${args[0]} ended with ${code}:\n${printed.slice(-2_000)}`));
    });
  });
}
