import { type ChildProcess, execFile, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { project } from "../../settings/config-key";

/** The Pulumi CLI and the stack that it works on. */
export interface Cli {
  readonly path: string;
  readonly stack: string;
  /** The CLI's environment. */
  readonly env: NodeJS.ProcessEnv;
  /** The file for `--config-file`. Undefined: the CLI reads the stack's own file. */
  readonly configFile: string | undefined;
}

/** The commands that take `--config-file`, except `config`, which must change the stack's own file. */
const takingConfigFile = new Set(["up", "update", "preview", "refresh", "destroy", "import"]);

/** The CLI that `PULUMI` names. scripts/stack has set it, and the variables of the embedded default. */
export function chosenCli(stack: string, isEmbedded: boolean): Cli {
  const { PULUMI: path } = process.env;
  if (!path) throw new Error("PULUMI names no Pulumi CLI: this is called by scripts/stack");
  const preload = `--require ${join(__dirname, "program-preload.cjs")}`;
  const env: NodeJS.ProcessEnv = {
    // `make lint` checks the types. In a run, that would take longer than the rest of the program.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    // What the provider's `enablePatchForce` says, for its versions that don't know that setting.
    PULUMI_K8S_ENABLE_PATCH_FORCE: "true",
    ...process.env,
    PULUMI_STACK: stack,
    NODE_OPTIONS: [process.env.NODE_OPTIONS, preload].filter(Boolean).join(" "),
    TRANSPILE_CACHE: join(__dirname, "../../node_modules/.cache/transpiled"),
    // Node's own, of compiled JavaScript.
    NODE_COMPILE_CACHE: join(__dirname, "../../node_modules/.cache/compiled"),
    // The salt of an embedded stack's secrets stays in its state: see stack-file.ts.
    ...(isEmbedded && { PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true" }),
  };
  return { path, stack, env, configFile: isEmbedded ? copyOfStackFile(stack) : undefined };
}

/** A run writes the salt into its config file and may take minutes, so it gets a copy of the file: see stack-file.ts. */
function copyOfStackFile(stack: string): string {
  const state = process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  const folder = join(state, "realtime-analytics", "config", project);
  const name = `Pulumi.${stack}.yaml`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (existsSync(name)) copyFileSync(name, join(folder, name));
  return join(folder, name);
}

/** Starts a command on this process's terminal, where the CLI shows its progress. */
export function startCli(
  { path, env, configFile }: Cli,
  [command = "", ...args]: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): ChildProcess {
  const isTold = configFile !== undefined && takingConfigFile.has(command);
  const all = [command, ...(isTold ? ["--config-file", configFile] : []), ...args];
  const isDebugging = args.some((word) => word === "--debug" || word === "-d");
  // The Kubernetes provider leaves a copy of the kubeconfig, with its keys, among the temporary files of each run.
  const temporary = mkdtempSync(join(tmpdir(), "pulumi-run-"));
  const own = { TMPDIR: temporary, DEBUG_MESSAGES: String(isDebugging) };
  const child = spawn(path, all, { env: { ...env, ...own, ...variables }, stdio: "inherit" });
  return child.once("close", () => rmSync(temporary, { recursive: true, force: true }));
}

/** The exit code of a child. If a signal ended it: 128 plus the signal's number, as in a shell. */
export function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}

/**
 * Runs a command without a terminal, and returns its standard output.
 *
 * @throws Error with the command and its standard error if it fails
 */
export function askCli({ path, env }: Cli, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env, maxBuffer: 1 << 28, timeout: 300_000 };
    execFile(path, [...args, "--non-interactive"], options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const reason = stderr.trim() || error.message;
      reject(new Error(`${basename(path)} ${args.join(" ")}: ${reason}`));
    });
  });
}
