import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseOutputs, type StackOutputs } from "../verify/outputs";

/** The output of a `make` target, and its time. */
export interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/**
 * Runs `make TARGET`.
 *
 * @param variables variables to add to the environment, such as STACK
 * @param onLine called with each line of standard error
 * @throws Error with the end of its output if it fails
 */
export function make(
  target: string,
  variables: Readonly<Record<string, string>> = {},
  onLine: (line: string) => void = () => {},
): Promise<Run> {
  const started = performance.now();
  const child = spawn("make", ["--no-print-directory", "-s", target], {
    cwd: join(__dirname, ".."),
    env: { ...process.env, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
    for (const line of String(chunk).split("\n")) if (line.startsWith("==>")) onLine(line);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) return resolve({ stdout, stderr, ms: performance.now() - started });
      reject(new Error(`make ${target} ended with ${code}:\n${(stdout + stderr).slice(-2_000)}`));
    });
  });
}

/** The outputs of the running stack that STACK names. It also sets KUBECONFIG of this process to the stack's cluster. */
export async function readRunningStack(
  variables: Readonly<Record<string, string>> = {},
): Promise<StackOutputs> {
  process.env.KUBECONFIG = (await make("kubeconfig", variables)).stdout.trim();
  const { stdout } = await make("outputs", { ...variables, SHOW_SECRETS: "1" });
  return parseOutputs(stdout);
}
