import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The program that the Pulumi CLI ran; what it wrote lies beside it in `expected`. */
export const goldenProgram = join(__dirname, "..", "testdata", "golden");

/** The passphrase of its states' secrets. */
export const goldenPassphrase = "golden";

export interface GoldenRun {
  /** Folder of the file backend. */
  readonly stateDir: string;
  /** Where the engine is started; a relative KUBECONFIG is one of this folder. */
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Runs one command of the embedded engine, as a process, on the program's stack `dev`. */
export async function runGolden(
  run: GoldenRun,
  ...args: string[]
): Promise<{ code: number; output: string }> {
  const child = spawn(
    process.execPath,
    [
      "--import",
      pathToFileURL(require.resolve("tsx")).href,
      join(__dirname, "..", "main.ts"),
      ...args,
      "--stack",
      "dev",
      "--cwd",
      goldenProgram,
      "--state",
      run.stateDir,
    ],
    {
      cwd: run.cwd,
      env: { ...process.env, PULUMI_CONFIG_PASSPHRASE: goldenPassphrase, ...run.environment },
    },
  );
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, "close");
  return { code, output };
}
