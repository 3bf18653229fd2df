import { type ChildProcess, execFile, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";

/** The Pulumi CLI and the stack that it works on. */
export interface Cli {
  readonly path: string;
  readonly stack: string;
  /** The CLI's environment. */
  readonly env: NodeJS.ProcessEnv;
  /** What is given to the commands that read the stack's config from a file that they are told. */
  readonly configFile: string | undefined;
}

/** The commands that take `--config-file`, but for `config`, whose work is on the stack's own file. */
const takingConfigFile = new Set(["up", "update", "preview", "refresh", "destroy", "import"]);

/** The CLI that `make` has chosen: `PULUMI` names it, and the variables of the embedded default are set already. */
export function chosenCli(stack: string, isEmbedded: boolean): Cli {
  const { PULUMI: path } = process.env;
  if (!path) throw new Error("PULUMI names no Pulumi CLI: this is called by scripts/stack");
  const preload = `--require ${join(__dirname, "program-preload.cjs")}`;
  const env: NodeJS.ProcessEnv = {
    // `make lint` checks the types; at each run that takes longer than the rest of the program.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    // What the provider's `enablePatchForce` says, for its versions that don't know that setting.
    PULUMI_K8S_ENABLE_PATCH_FORCE: "true",
    ...process.env,
    PULUMI_STACK: stack,
    NODE_OPTIONS: [process.env.NODE_OPTIONS, preload].filter(Boolean).join(" "),
    TRANSPILE_CACHE: join(__dirname, "../../node_modules/.cache/transpiled"),
    // The salt of an embedded stack's secrets stays in its state: see stack-file.ts.
    ...(isEmbedded && { PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true" }),
  };
  return { path, stack, env, configFile: isEmbedded ? copyOfStackFile(stack) : undefined };
}

/** Runs go on for minutes and write the salt into the file that they are given: see stack-file.ts. */
function copyOfStackFile(stack: string): string {
  const state = process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  const folder = join(state, "realtime-analytics", "config");
  const name = `Pulumi.${stack}.yaml`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (existsSync(name)) copyFileSync(name, join(folder, name));
  return join(folder, name);
}

/** Starts a command with this process' terminal, so that the CLI shows its progress there. */
export function startCli(
  { path, env, configFile }: Cli,
  [command = "", ...args]: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): ChildProcess {
  const isTold = configFile !== undefined && takingConfigFile.has(command);
  const all = [command, ...(isTold ? ["--config-file", configFile] : []), ...args];
  const isDebugging = args.some((word) => word === "--debug" || word === "-d");
  const settings = { ...env, DEBUG_MESSAGES: String(isDebugging), ...variables };
  return spawn(path, all, { env: settings, stdio: "inherit" });
}

/** The exit code of a child; 128 and the signal's number, as a shell has it, where one ended it. */
export function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}

/**
 * Runs a command without a terminal, and gives what it printed.
 *
 * @throws Error with the command and what it said, when it fails
 */
export function askCli({ path, env }: Cli, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env, maxBuffer: 1 << 28, timeout: 300_000 };
    execFile(path, [...args, "--non-interactive"], options, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else
        reject(new Error(`${basename(path)} ${args.join(" ")}: ${stderr.trim() || error.message}`));
    });
  });
}
