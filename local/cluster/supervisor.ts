import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { run, tryRun } from "../command";
import { readIfThere, writePrivate } from "../files";
import { clusterDir } from "../paths";
import { layout, markerVariable } from "./layout";
import type { Program } from "./programs";
import { waitFor } from "./wait";

/** One line of `supervisorctl status`. */
export interface ProgramState {
  readonly name: string;
  /** RUNNING, STARTING, BACKOFF, STOPPED, EXITED, FATAL, … in supervisord's words. */
  readonly state: string;
  /** Its process id and time running, or why it doesn't. */
  readonly detail: string;
}

/**
 * The supervisor's configuration. `configs` are the texts that a program reads at its start: their
 * hash is part of its section, so that `update` restarts just the programs whose input changed.
 */
export function renderSupervisor(
  programs: readonly Program[],
  configs: Readonly<Record<string, string>>,
): string {
  const head = `[supervisord]
pidfile=${layout.supervisorPid}
logfile=${layout.logs}/supervisord.log
childlogdir=${layout.logs}
logfile_maxbytes=5MB
logfile_backups=1
directory=/
identifier=realtime-analytics

[unix_http_server]
file=${layout.supervisorSocket}
chmod=0600

[supervisorctl]
serverurl=unix://${layout.supervisorSocket}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
`;
  return head + programs.map((program) => renderProgram(program, configs)).join("");
}

function renderProgram(program: Program, configs: Readonly<Record<string, string>>): string {
  const inputs = Object.entries(configs)
    .filter(([name]) => program.command.some((part) => part.endsWith(`/${name}`)))
    .map(([, text]) => text);
  const hash = createHash("sha256").update(inputs.join("\0")).digest("hex").slice(0, 12);
  const escaped = program.command.map((part) => part.replaceAll("%", "%%")).join(" ");
  return `
[program:${program.name}]
command=${escaped}
environment=CONFIG_HASH="${hash}"
priority=${program.priority}
autostart=false
autorestart=true
startsecs=1
startretries=1000000
stopwaitsecs=20
redirect_stderr=true
stdout_logfile=${layout.logs}/${program.name}.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=1
`;
}

/** Whether the supervisor answers. */
export async function supervisorRuns(): Promise<boolean> {
  return (await status()) !== undefined;
}

/** Writes the configuration, starts the supervisor or lets it take the changes over. */
export async function ensureSupervisor(
  programs: readonly Program[],
  configs: Readonly<Record<string, string>>,
): Promise<void> {
  const text = renderSupervisor(programs, configs);
  const changed = readIfThere(layout.supervisorConfig) !== text;
  writePrivate(layout.supervisorConfig, text);
  if (await supervisorRuns()) {
    if (changed) await run("supervisorctl", ["-c", layout.supervisorConfig, "update"]);
    return;
  }
  mkdirSync(layout.logs, { recursive: true, mode: 0o700 });
  // As many open files as the machine allows: what containers may open is inherited from here.
  const command = 'ulimit -n "$(ulimit -Hn)" && exec supervisord -c "$0"';
  await run("sh", ["-c", command, layout.supervisorConfig], {
    // The second: etcd 3.4 refuses to start on ARM unless told.
    env: {
      [markerVariable]: clusterDir,
      ETCD_UNSUPPORTED_ARCH: process.arch === "arm64" ? "arm64" : undefined,
    },
  });
  await waitFor("supervisord's socket", 15_000, async () =>
    (await supervisorRuns()) ? undefined : `no answer on ${layout.supervisorSocket}`,
  );
}

/** Starts programs, at the same time. One that runs already stays as it is. */
export async function startPrograms(names: readonly string[]): Promise<void> {
  await Promise.all(
    names.map(async (name) => {
      const { stdout, stderr } = await ctl("start", name);
      // A program that ends at once is retried: the wait for its condition tells, with its log.
      if (/no such process|refused/.test(stdout + stderr)) {
        throw new Error(`supervisorctl start ${name}: ${(stdout + stderr).trim()}`);
      }
    }),
  );
}

/** Stops one program and waits for its end. */
export async function stopProgram(name: string): Promise<void> {
  await ctl("stop", name);
}

/** The state of each program; empty where no supervisor runs. */
export async function programStates(): Promise<ProgramState[]> {
  return parseStatus((await status()) ?? "");
}

async function status(): Promise<string | undefined> {
  if (!existsSync(layout.supervisorSocket)) return undefined;
  // 0: all run; 3: some don't; 4 and others: no answer.
  const { code, stdout } = await ctl("status");
  const answers = (code === 0 || code === 3) && !/refused|no such file/.test(stdout);
  return answers ? stdout : undefined;
}

/** Reads `supervisorctl status`: name, state, detail, a line each. */
export function parseStatus(text: string): ProgramState[] {
  const lines = text.matchAll(/^(\S+) +([A-Z]+)(.*)$/gm);
  return [...lines].map(([, name = "", state = "", rest = ""]) => {
    return { name, state, detail: rest.trim() };
  });
}

/** Ends the supervisor and all that it runs, highest priority first. */
export async function shutdownSupervisor(): Promise<void> {
  const pid = Number(readIfThere(layout.supervisorPid));
  await ctl("shutdown");
  await waitFor("the supervisor's end", 120_000, async () =>
    pid && existsSync(`/proc/${pid}`) ? `process ${pid} still runs` : undefined,
  );
}

function ctl(...args: string[]) {
  return tryRun("supervisorctl", ["-c", layout.supervisorConfig, ...args]);
}
