import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { isAlive } from "./state";

/** The variable by which what a run has started is told from all other processes. */
const runVariable = "REALTIME_ANALYTICS_RUN";

const recordSchema = z.object({
  /** What the processes of the run have in their environment. */
  run: z.string(),
  command: z.string(),
  /** The CLI's process. */
  pid: z.number(),
  hostname: z.string(),
});
export type RunRecord = z.output<typeof recordSchema>;

/**
 * What a run leaves on this machine until it has ended well: so the next run knows that it was killed or cut off, and which
 * processes are still its.
 */
export class RunRecords {
  private readonly file: string;

  constructor(stack: string) {
    const state = process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
    this.file = join(state, "realtime-analytics", "runs", `${stack}.json`);
  }

  /** The run before, if it has not ended well and is not under way still. */
  unfinished(): RunRecord | undefined {
    if (!existsSync(this.file)) return undefined;
    const record = recordSchema.parse(JSON.parse(readFileSync(this.file, "utf8")));
    const runs = record.hostname === hostname() && isAlive(record.pid);
    return runs ? undefined : record;
  }

  /** The variables for a run's processes, and what is called once the CLI has its process. */
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
 * Ends what a killed run has left running: its plugins and its program have outlived the CLI, and would go on with what
 * they were about. Gives how many there were. Elsewhere than on Linux nothing is found.
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
        return false; // it has ended, or is another user's
      }
    })
    .map(Number);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
