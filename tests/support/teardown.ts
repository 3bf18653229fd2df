import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { startCli } from "./interrupted-run";

const root = join(__dirname, "../..");

/** Runs the CLI to its end. Returns its output, and how long it took. */
export async function run(
  command: "up" | "destroy",
): Promise<{ code: number | null; output: string; seconds: number }> {
  const started = Date.now();
  const watched = startCli(command);
  const { code } = await watched.ended;
  return { code, output: watched.output(), seconds: (Date.now() - started) / 1000 };
}

/** Lists what a destroyed namespace has left, as `make down` does. The code is 0 if nothing is left, 1 otherwise. */
export function listLeftovers(namespace: string): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      "scripts/launch.cjs",
      "scripts/leftovers.ts",
      "--namespace",
      namespace,
      "--timeout-seconds",
      "30",
    ],
    { cwd: root, encoding: "utf8", env: process.env },
  );
  return { code: status, output: stdout + stderr };
}
