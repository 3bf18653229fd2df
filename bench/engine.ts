import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(__dirname, "..");
const launch = [join(root, "scripts", "launch.cjs")];

/** The variables with which `make` starts the embedded engine. */
export async function engineEnvironment(): Promise<NodeJS.ProcessEnv> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...launch, "local/environment.ts", "variables"],
    { cwd: root },
  );
  const pairs = stdout
    .trim()
    .split("\n")
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
  return { ...process.env, ...Object.fromEntries(pairs) };
}

/**
 * Runs the embedded engine, and gives how long it took in ms.
 *
 * @throws Error with the end of what it printed, when it fails
 */
export function timeEngine(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const started = performance.now();
  const child = spawn(
    process.execPath,
    ["--max-semi-space-size=64", ...launch, "local/engine/main.ts", ...args],
    { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] },
  );
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
      reject(new Error(`the engine's ${args[0]} ended with ${code}:\n${printed.slice(-2_000)}`));
    });
  });
}
