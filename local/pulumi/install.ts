import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { clusterPrograms } from "../cluster/binaries";
import { tryRun } from "../command";
import { binaryPath, ensureBinary, type GoProgram, removeBuildCaches } from "../go";
import { cacheDir, pulumiHome } from "../paths";
import { say } from "../program";
import { cli, languageHost, plugins, pulumiPrograms, pulumiTests } from "./programs";

const dynamicHost = join(__dirname, "language", "pulumi-resource-pulumi-nodejs");

/** Where an installation lies: named by all that it consists of, so that a running one is never changed. */
function installation(): string {
  const parts = pulumiPrograms.map((program) => basename(binaryPath(program)));
  parts.push(readFileSync(dynamicHost, "utf8"));
  const name = createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 12);
  return join(cacheDir, "pulumi", name);
}

/** The folder with `pulumi` and what it looks for beside itself. */
export function pulumiBin(): string {
  return join(installation(), "bin");
}

const homeLink = join(pulumiHome, "plugins");

/** Whether the CLI and its plugins are installed, and where the CLI looks for them. */
export function isInstalled(): boolean {
  if (!existsSync(installation()) || !existsSync(homeLink)) return false;
  return readlinkSync(homeLink) === join(installation(), "plugins");
}

/**
 * Compiles the CLI and its plugins and lays them out as an installation of Pulumi is: the CLI with the language's host
 * in `bin`, the plugins by name and version; then compiles their tests. Does nothing where that is there.
 */
export async function installPulumi(): Promise<void> {
  const isNew = !existsSync(installation());
  if (isNew) {
    await compile(pulumiPrograms);
    layOut();
    say(`Pulumi is installed in ${installation()}`);
  }
  linkHome();
  // Now, while the compiler has what they share with the programs. What is wrong with them fails `make test`.
  if (isNew) await compile(pulumiTests).catch(({ message }: Error) => say(message));
}

async function compile(programs: readonly GoProgram[]): Promise<void> {
  for (const program of programs) await ensureBinary(program);
}

/** Runs the tests of our plugins, each in its package's folder, and gives whether all pass. */
export async function testPlugins(): Promise<boolean> {
  await compile(pulumiTests);
  const results = pulumiTests.map((tests) => {
    console.log(tests.name);
    const cwd = join(__dirname, tests.package ?? "");
    return spawnSync(binaryPath(tests), ["-test.timeout=5m"], { cwd, stdio: "inherit" });
  });
  return results.every(({ status }) => status === 0);
}

/** Removes what the compiler needed, once nothing is left to be compiled. */
export function removeCompilerCaches(): void {
  removeBuildCaches([...clusterPrograms, ...pulumiPrograms]);
}

/** Whether a CLI that was installed by a person has the plugins that the program asks for. */
export function hasPlugins(caller: NodeJS.ProcessEnv): boolean {
  const home = caller.PULUMI_HOME || join(homedir(), ".pulumi");
  return plugins.every(({ name, version }) =>
    existsSync(join(home, "plugins", `resource-${name}-v${version}`)),
  );
}

/** Has a person's CLI download the plugins; gives whether it could. */
export async function downloadPlugins(pulumi: string): Promise<boolean> {
  for (const { name, version } of plugins) {
    const download = ["plugin", "install", "resource", name, version];
    if ((await tryRun(pulumi, download, { timeoutMs: 300_000 })).code !== 0) return false;
  }
  return true;
}

function layOut(): void {
  const whole = installation();
  const unfinished = `${whole}.${process.pid}.tmp`;
  const bin = join(unfinished, "bin");
  mkdirSync(bin, { recursive: true, mode: 0o700 });
  linkSync(binaryPath(cli), join(bin, cli.name));
  linkSync(binaryPath(languageHost), join(bin, languageHost.name));
  writeFileSync(join(bin, basename(dynamicHost)), readFileSync(dynamicHost), { mode: 0o755 });
  for (const { name, version, program } of plugins) {
    const folder = join(unfinished, "plugins", `resource-${name}-v${version}`);
    mkdirSync(folder, { recursive: true });
    linkSync(binaryPath(program), join(folder, program.name));
  }
  renameSync(unfinished, whole);
  for (const other of readdirSync(join(whole, ".."))) {
    if (other === basename(whole) || other.endsWith(".tmp")) continue;
    rmSync(join(whole, "..", other), { recursive: true, force: true });
  }
}

/** The CLI's own folder, where it finds the installed plugins. */
function linkHome(): void {
  mkdirSync(pulumiHome, { recursive: true, mode: 0o700 });
  rmSync(homeLink, { force: true });
  symlinkSync(join(installation(), "plugins"), homeLink);
}
