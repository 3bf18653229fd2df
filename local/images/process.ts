import { type SpawnOptions, spawn } from "node:child_process";

export interface RunOptions {
  cwd?: string;
  /** Added to this process's own environment. */
  env?: Record<string, string>;
  /** Lowers the priority, for work that takes minutes of processor time. */
  nice?: boolean;
}

/**
 * Runs a program to its end and gives what it printed.
 * @throws Error that names the command, its exit and the last lines that it printed.
 */
export async function run(
  command: string,
  args: string[],
  options: RunOptions = {},
): Promise<string> {
  const child = start(command, args, options, ["ignore", "pipe", "pipe"]);
  let output = "";
  let tail = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk;
    tail = (tail + chunk).slice(-4000);
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    tail = (tail + chunk).slice(-4000);
  });
  await new Promise<void>((resolve, reject) => {
    child.on("error", (cause) => reject(notStarted(command, cause)));
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${line(command, args)} ended with ${signal ?? code}:\n${tail}`));
    });
  });
  return output;
}

/** Starts a program whose standard output is read as a stream; `done` settles with its exit. */
export function pipeFrom(command: string, args: string[], options: RunOptions = {}) {
  const child = start(command, args, options, ["ignore", "pipe", "pipe"]);
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    errors = (errors + chunk).slice(-4000);
  });
  const done = new Promise<void>((resolve, reject) => {
    child.on("error", (cause) => reject(notStarted(command, cause)));
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${line(command, args)} ended with ${signal ?? code}:\n${errors}`));
    });
  });
  if (!child.stdout) throw new Error(`${command} has no standard output`);
  return { stdout: child.stdout, done };
}

/** True if `command` is on the PATH. */
export async function isInstalled(command: string): Promise<boolean> {
  return run("sh", ["-c", `command -v ${command}`]).then(
    () => true,
    () => false,
  );
}

function start(command: string, args: string[], options: RunOptions, stdio: SpawnOptions["stdio"]) {
  const [program, all] = options.nice ? ["nice", ["-n", "10", command, ...args]] : [command, args];
  return spawn(program, all, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio,
  });
}

function line(command: string, args: string[]): string {
  const text = [command, ...args].join(" ");
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function notStarted(command: string, cause: Error): Error {
  return new Error(`${command} could not be started: is it installed? (${cause.message})`, {
    cause,
  });
}
