import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** What a finished command said. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run. */
export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this process's own environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Text for its standard input; none by default. */
  readonly input?: string;
  /** Ends the command after so many ms; 0: never. Default 120,000. */
  readonly timeoutMs?: number;
  /** Lowers the priority, for work that takes minutes of processor time. */
  readonly nice?: boolean;
}

/** The PATH with the administrators' folders, which `su` alone doesn't give. */
function searchPath(): string {
  return `${process.env.PATH ?? ""}:/usr/sbin:/sbin:/usr/local/sbin`;
}

/** Whether a program is on the PATH or in the usual places of an administrator's programs. */
export function hasProgram(name: string): boolean {
  return searchPath()
    .split(":")
    .some((folder) => folder !== "" && existsSync(join(folder, name)));
}

/** Runs a command to its end and returns what it said, whatever its exit code. */
export function tryRun(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { cwd, env, input = "", timeoutMs = 120_000, nice } = options;
  const [program = "", ...rest] = [...(nice ? ["nice", "-n", "10"] : []), command, ...args];
  return new Promise((resolve) => {
    const child = execFile(
      program,
      rest,
      {
        cwd,
        env: { ...process.env, PATH: searchPath(), ...env },
        timeout: timeoutMs,
        killSignal: "SIGKILL",
        maxBuffer: Number.POSITIVE_INFINITY,
      },
      (error, stdout, stderr) => {
        const { code = 0, signal, message } = error ?? {};
        if (typeof code === "string") {
          resolve({ code: 127, stdout, stderr: `${stderr}${message}: is it installed?` });
        } else {
          const note = signal ? `\nended by ${signal} (time-out?)` : "";
          resolve({ code: code ?? 1, stdout, stderr: stderr + note });
        }
      },
    );
    child.stdin?.on("error", () => undefined); // it may end without reading: its exit code tells
    child.stdin?.end(input);
  });
}

/** Runs a command and returns its standard output. Throws with the command line and its last words. */
export async function run(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await tryRun(command, args, options);
  if (code === 0) return stdout;
  const line = [command, ...args].join(" ").replace(/^(.{300}).+$/s, "$1…");
  const words = (stderr.trim() || stdout.trim()).split("\n").slice(-30).join("\n").slice(-4000);
  throw new Error(`\`${line}\` ended with ${code}:\n${words}`);
}
