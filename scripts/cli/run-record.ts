import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { project } from "../../settings/config-key";
import { isAlive } from "./state";

/** The environment variable that identifies the processes of a run. */
const runVariable = "REALTIME_ANALYTICS_RUN";

const recordSchema = z.object({
  /** The value of `runVariable` in the environment of the run's processes. */
  run: z.string(),
  command: z.string(),
  /** The CLI's process. */
  pid: z.number(),
  hostname: z.string(),
});
export type RunRecord = z.output<typeof recordSchema>;

/**
 * The record of a run on this machine, which stays until the run has succeeded. From it the next run knows that a run was
 * killed or interrupted, and which processes belong to it.
 */
export class RunRecords {
  private readonly file: string;

  constructor(stack: string) {
    const state = process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
    this.file = join(state, "realtime-analytics", "runs", project, `${stack}.json`);
  }

  /** The record of the last run, if that has neither succeeded nor is still under way. */
  unfinished(): RunRecord | undefined {
    if (!existsSync(this.file)) return undefined;
    const record = recordSchema.parse(JSON.parse(readFileSync(this.file, "utf8")));
    const runs = record.hostname === hostname() && isAlive(record.pid);
    return runs ? undefined : record;
  }

  /** The variables for a run's processes, and a function to call when the CLI's process has started. */
  begin(command: string): { variables: NodeJS.ProcessEnv; started(pid: number): void } {
    const run = randomUUID();
    return {
      variables: { [runVariable]: run },
      started: (pid) => {
        mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
        const record: RunRecord = { run, command, pid, hostname: hostname() };
        writeFileSync(this.file, JSON.stringify(record), { mode: 0o600 });
      },
    };
  }

  forget(): void {
    rmSync(this.file, { force: true });
  }
}

/**
 * Ends the plugins and the program of a killed run, which would otherwise continue their operations without the CLI.
 * Returns how many processes there were. It finds processes only on Linux.
 */
export async function endLeftovers({ run }: RunRecord): Promise<number> {
  const found = processesOf(run);
  for (const pid of found) signal(pid, "SIGTERM");
  const deadline = Date.now() + 5_000;
  while (found.some(isAlive) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const pid of found) signal(pid, "SIGKILL");
  return found.length;
}

function processesOf(run: string): number[] {
  if (!existsSync("/proc/self/environ")) return [];
  const mark = `${runVariable}=${run}`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(mark);
      } catch {
        return false; // the process has ended, or belongs to another user
      }
    })
    .map(Number);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // The process has ended in the meantime.
  }
}
