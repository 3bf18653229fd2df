import { spawn } from "node:child_process";

/** What a finished command said. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Text for its standard input; none by default. */
  readonly input?: string;
  /** Ends the command after so many ms; default 120,000. */
  readonly timeoutMs?: number;
}

/** Runs a command to its end and returns what it said, whatever its exit code. */
export function tryRun(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["pipe", "pipe", "pipe"],
      timeout: options.timeoutMs ?? 120_000,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", (error) => resolve({ code: 127, stdout, stderr: stderr + error.message }));
    child.on("close", (code, signal) => {
      const note = signal ? `\nended by ${signal} (time-out?)` : "";
      resolve({ code: code ?? 1, stdout, stderr: stderr + note });
    });
    child.stdin.on("error", () => undefined); // it may end without reading: its exit code tells
    child.stdin.end(options.input ?? "");
  });
}

/** Runs a command and returns its standard output. Throws with the command line and its last words. */
export async function run(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const result = await tryRun(command, args, options);
  if (result.code !== 0) {
    const words = (result.stderr.trim() || result.stdout.trim()).split("\n").slice(-15).join("\n");
    throw new Error(`\`${[command, ...args].join(" ")}\` ended with ${result.code}:\n${words}`);
  }
  return result.stdout;
}
