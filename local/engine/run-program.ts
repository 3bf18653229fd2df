import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { cacheDir } from "../paths";
import type { Project } from "./project";
import type { StackConfig } from "./stack-config";

export interface ProgramOptions {
  project: Project;
  stack: string;
  config: StackConfig;
  preview: boolean;
  parallel: number;
  /** Whether debug messages are wanted; the program may leave them out otherwise. */
  debug: boolean;
  monitorAddress: string;
  /** What the program prints. */
  onLine(line: string): void;
}

export interface RunningProgram {
  /** The exit code; 32 means that the program told its error already. */
  readonly ended: Promise<number>;
  stop(): void;
}

/** Exit code of the SDK's runner after an error that it has logged. */
export const alreadyToldExitCode = 32;

/** The environment by which the SDK finds its stack and config; the program's and its providers'. */
export function programEnvironment(
  options: Pick<ProgramOptions, "project" | "stack" | "config" | "preview" | "parallel">,
): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PULUMI_NODEJS_ORGANIZATION: "organization",
    PULUMI_NODEJS_PROJECT: options.project.name,
    PULUMI_NODEJS_ROOT_DIRECTORY: options.project.root,
    PULUMI_NODEJS_STACK: options.stack,
    PULUMI_NODEJS_DRY_RUN: String(options.preview),
    PULUMI_NODEJS_PARALLEL: String(options.parallel),
    PULUMI_CONFIG: JSON.stringify(options.config.values),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(options.config.secretKeys),
  };
}

/** For a process that is short and makes much: with Node's 16 MB a tenth of its time is garbage collection. */
export const youngHeap = "--max-semi-space-size=64";

/** Starts the program by the SDK's own runner. */
export function runProgram(options: ProgramOptions): RunningProgram {
  const { project } = options;
  const fromRoot = createRequire(join(project.root, "package.json"));
  const runner = fromRoot.resolve("@pulumi/pulumi/cmd/run");
  const { nodeargs } = project.runtimeOptions;
  // Types are checked in CI; checking them at each run takes most of its time.
  const transpileOnly = process.env.PULUMI_NODEJS_TRANSPILE_ONLY ?? "true";
  const typescript = project.runtimeOptions.typescript !== false;
  const cached = typescript && transpileOnly === "true" && takesCachedTypeScript(fromRoot);
  const child = spawn(
    process.execPath,
    [
      ...(typeof nodeargs === "string" ? nodeargs.split(/\s+/).filter(Boolean) : []),
      youngHeap,
      "--require",
      join(__dirname, "end-with-parent.cjs"),
      ...(cached ? ["--require", join(__dirname, "program-loader.cjs")] : []),
      runner,
      "--monitor",
      options.monitorAddress,
      "--engine",
      options.monitorAddress,
      "--organization",
      "organization",
      "--project",
      project.name,
      "--root-directory",
      project.root,
      "--stack",
      options.stack,
      "--pwd",
      project.root,
      ...(options.preview ? ["--dry-run"] : []),
      "--parallel",
      String(options.parallel),
      project.main,
    ],
    {
      cwd: project.root,
      env: {
        ...programEnvironment(options),
        // With the loader the runner has nothing to do with TypeScript itself.
        PULUMI_NODEJS_TYPESCRIPT: String(typescript && !cached),
        PULUMI_NODEJS_TRANSPILE_ONLY: transpileOnly,
        ...(cached && {
          ENGINE_TRANSPILED_FOLDER: join(cacheDir, "transpiled"),
          ENGINE_DEBUG_MESSAGES: String(options.debug),
        }),
      },
      stdio: ["pipe", "pipe", "pipe"],
      // SIGINT on a terminal goes to the whole group; the engine decides when the program ends.
      detached: true,
    },
  );
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", options.onLine);
  }
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(signal ? 1 : (code ?? 1)));
  });
  return { ended, stop: () => child.kill("SIGKILL") };
}

/** Whether program-loader.cjs can stand in for the runner's own use of ts-node: for CommonJS, with the project's own. */
function takesCachedTypeScript(fromRoot: NodeJS.Require): boolean {
  try {
    fromRoot.resolve("ts-node");
    fromRoot.resolve("typescript");
    const manifest: { type?: string } = JSON.parse(
      readFileSync(fromRoot.resolve("./package.json"), "utf8"),
    );
    return manifest.type !== "module";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "MODULE_NOT_FOUND" || code === "ENOENT") return false;
    throw error;
  }
}
