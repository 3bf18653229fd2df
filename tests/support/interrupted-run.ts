/** Runs of the Pulumi CLI that tests interrupt at a certain point, which they know from its state or output. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { embeddedEnvironment } from "../../local/environment";
import { poll } from "../../resources/poll";
import { project } from "../../settings/config-key";
import { testStack } from "./stack";

const root = join(__dirname, "../..");
const environment = { ...process.env, ...embeddedEnvironment(process.env) };

const resourceSchema = z.object({
  urn: z.string(),
  type: z.string(),
  custom: z.boolean(),
  id: z.string().default(""),
  delete: z.boolean().default(false),
  outputs: z.record(z.string(), z.unknown()).default({}),
});
export type StateResource = z.output<typeof resourceSchema>;

const stateSchema = z.object({
  checkpoint: z.object({
    latest: z
      .object({
        resources: z.array(resourceSchema).default([]),
        pending_operations: z
          .array(z.object({ type: z.string(), resource: z.object({ urn: z.string() }) }))
          .default([]),
      })
      .nullish(),
  }),
});

export function stateFile(stack = testStack): string {
  const backend = fileURLToPath(environment.PULUMI_BACKEND_URL ?? "");
  return join(backend, ".pulumi", "stacks", project, `${stack}.json`);
}

/** The contents of the stack's state file. */
export function readState(stack = testStack): {
  resources: StateResource[];
  /** `creating kafka-nodes`. */
  pending: string[];
} {
  const file = stateFile(stack);
  if (!existsSync(file)) return { resources: [], pending: [] };
  const latest = stateSchema.parse(JSON.parse(readFileSync(file, "utf8"))).checkpoint.latest;
  return {
    resources: latest?.resources ?? [],
    pending: (latest?.pending_operations ?? []).map(
      ({ type, resource }) => `${type} ${nameOf(resource.urn)}`,
    ),
  };
}

/** The last part of a URN. */
export function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

export interface WatchedRun {
  readonly child: ChildProcess;
  /** Standard output and standard error so far. */
  output(): string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Starts the CLI as `make` does, in a process group of its own. */
export function startCli(command: "up" | "destroy"): WatchedRun {
  return start("scripts/stack", ["pulumi", "--make", command]);
}

/** Starts a target of make, in a process group of its own: as a terminal's foreground job. */
export function startMake(
  target: "up" | "down",
  variables: Record<string, string> = {},
): WatchedRun {
  return start("make", ["--no-print-directory", "-s", target], variables);
}

function start(
  program: string,
  args: string[],
  variables: Record<string, string> = {},
): WatchedRun {
  const child = spawn(program, args, {
    cwd: root,
    env: { ...environment, STACK: testStack, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  const keep = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve({ code, signal }));
    },
  );
  const run = { child, output: () => output, ended };
  started.push(run);
  return run;
}

const started: WatchedRun[] = [];

/** Interrupts the runs that a failed test has left, and waits for them: they would be in the way of the next test's. */
export async function endRuns(): Promise<void> {
  for (const run of started.splice(0)) {
    const group = -(run.child.pid ?? 0);
    if (run.child.exitCode === null && run.child.signalCode === null) {
      interrupt(run);
      process.kill(group, "SIGCONT");
    }
    const late = setTimeout(() => process.kill(group, "SIGKILL"), 300_000);
    await run.ended;
    clearTimeout(late);
  }
}

/** Waits for a condition on the run's output, its state or a service. Throws if the run ends first. */
export async function untilPoint(
  run: WatchedRun,
  what: string,
  reached: () => boolean | Promise<boolean>,
  timeoutMs = 240_000,
): Promise<void> {
  const inVain = (why: string) => new Error(`${why} ${what}; it printed:\n${run.output()}`);
  const failure = () => inVain(`waited ${timeoutMs / 1000} s for`);
  await poll({ timeoutMs, pauseMs: 5, failure }, async () => {
    if (await reached()) return true;
    const hasEnded = run.child.exitCode !== null || run.child.signalCode !== null;
    if (hasEnded) throw inVain("the run ended before");
    return undefined;
  });
}

/**
 * Stops the CLI after an operation and before the CLI records it. The CLI is frozen, so that it can record nothing, and
 * `done` checks whether the operation has had its effect. If it hasn't, the CLI goes on for a moment.
 */
export async function freezeBeforeRecord(
  run: WatchedRun,
  operation: "creating" | "deleting",
  resource: string,
  done: () => Promise<boolean>,
): Promise<number> {
  // It must be in this run's output, because an earlier interrupted run may have left the same operation pending.
  const isPending = () =>
    run.output().includes(` ${resource} ${operation} `) &&
    readState().pending.includes(`${operation} ${resource}`);
  await untilPoint(run, `"${operation} ${resource}" in the state`, isPending);
  const pid = cliPid(run);
  const deadline = Date.now() + 180_000;
  try {
    for (;;) {
      process.kill(pid, "SIGSTOP");
      if (!isPending()) throw new Error(`${operation} ${resource} was recorded before the stop`);
      // The provider does the operation. It is another process, which goes on.
      for (const until = Date.now() + 5_000; Date.now() < until; ) {
        if (await done()) return pid;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      if (Date.now() > deadline) {
        throw new Error(`${operation} ${resource} has had no effect for 180 s`);
      }
      process.kill(pid, "SIGCONT");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } catch (error) {
    process.kill(pid, "SIGKILL");
    throw error;
  }
}

/** The CLI's process among the descendants of a process. */
export function cliPid(run: WatchedRun): number {
  const found = clisOf(run);
  // A child that the CLI has just forked is the CLI's image until it is another program's.
  const [cli, ...others] = found.filter(({ parent }) => !found.some(({ pid }) => pid === parent));
  if (!cli || others.length > 0) {
    throw new Error(`${found.length} processes of the CLI in group ${run.child.pid}, not 1`);
  }
  return cli.pid;
}

function clisOf(run: WatchedRun): Process[] {
  return processes().filter(
    ({ pgrp, command }) => pgrp === run.child.pid && /^\S*\/pulumi (up|destroy) /.test(command),
  );
}

const lockSchema = z.object({ pid: z.number() });

/**
 * Whether the run holds the stack's lock: it then opens the state, which takes it some 100 ms, and begins. What clears away
 * after a killed run before that (`stack import`, `refresh`) holds the lock for moments too, and is not it.
 */
export function holdsLock(run: WatchedRun): boolean {
  const backend = fileURLToPath(environment.PULUMI_BACKEND_URL ?? "");
  const locks = join(backend, ".pulumi", "locks", "organization", project, testStack);
  if (!existsSync(locks)) return false;
  const pids = readdirSync(locks)
    .filter((name) => name.endsWith(".json"))
    .map((name) => lockSchema.parse(JSON.parse(readFileSync(join(locks, name), "utf8"))).pid);
  return clisOf(run).some(({ pid }) => pids.includes(pid));
}

/** Kills only the CLI. Its plugins have process groups of their own, and go on. */
export async function killCli(run: WatchedRun): Promise<void> {
  process.kill(cliPid(run), "SIGKILL");
  await run.ended;
}

/** Sends a signal to the whole process group, as Ctrl-C on a terminal does. */
export function interrupt(run: WatchedRun): void {
  process.kill(-(run.child.pid ?? 0), "SIGINT");
}

/** Sends a second Ctrl-C, unless the run has ended. It waits first, so that the two are not taken for one. */
export async function interruptAgain(run: WatchedRun): Promise<void> {
  const isTold = () => run.output().includes("^C received");
  await untilPoint(run, "the first interrupt to be told", isTold);
  const hasEnded = await Promise.race([
    run.ended.then(() => true),
    new Promise((resolve) => setTimeout(resolve, 700)).then(() => false),
  ]);
  if (!hasEnded) interrupt(run);
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly pgrp: number;
  readonly command: string;
}

function processes(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const [, parent, pgrp] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return [{ pid: Number(name), parent: Number(parent), pgrp: Number(pgrp), command }];
      } catch {
        // The process ended after it was listed.
        return [];
      }
    });
}
