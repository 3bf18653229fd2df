/** A project that `pulumi new` makes from this folder, for a test that runs commands as a person would. */
import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { kubeconfigPath } from "../../local/paths";
import { installPulumi, pulumiBin } from "../../local/pulumi/install";
import { root } from "./own-stack";

/** Where `pulumi login --local` leaves a file. */
const localBackend = join(userInfo().homedir, ".pulumi");

export class OwnProject {
  /** The project's folder, empty until `pulumi new` has run. */
  readonly folder: string;
  /** A copy of this folder's sources, as a clone has them. */
  readonly template: string;
  private readonly parent = mkdtempSync(join(tmpdir(), "own-project-"));
  private readonly hadLocalBackend = existsSync(localBackend);

  constructor(readonly name: string) {
    this.folder = this.subfolder(name);
    this.template = this.subfolder("template");
    this.subfolder("tmp");
  }

  /** Installs the CLI that is built here, if it isn't, and copies the sources. */
  async prepare(): Promise<void> {
    await installPulumi();
    symlinkSync(join(pulumiBin(), "../plugins"), join(this.subfolder("home"), "plugins"));
    // `npx pulumi` takes a CLI that is installed for all of the user's projects, before it downloads the npm package.
    const bin = join(this.subfolder("npm"), "bin");
    mkdirSync(bin);
    symlinkSync(join(pulumiBin(), "pulumi"), join(bin, "pulumi"));
    const listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const files = execFileSync("git", listed, { cwd: root, encoding: "utf8" }).split("\0");
    for (const file of files.filter((one) => one !== "" && existsSync(join(root, one)))) {
      cpSync(join(root, file), join(this.template, file));
    }
  }

  /**
   * Runs a script of shell commands in the project's folder, for 15 minutes at most, and returns what they printed. The
   * CLI does not ask whether it may go on, because there is no terminal.
   *
   * @throws Error with the whole output if a command fails
   */
  run(script: string): Promise<{ stdout: string; output: string }> {
    const options = { cwd: this.folder, env: this.environment, maxBuffer: 1 << 28 };
    const command = ["--signal=INT", "900", "bash", "-euo", "pipefail", "-c", script];
    return new Promise((resolve, reject) => {
      execFile("timeout", command, options, (error, stdout, stderr) => {
        const output = `${stdout}${stderr}`;
        if (error) reject(new Error(`${script}\nended with ${error.code}:\n${output}`));
        else resolve({ stdout, output });
      });
    });
  }

  /** Removes the folders. The stack must have been destroyed. */
  remove(): void {
    rmSync(this.parent, { recursive: true });
    if (!this.hadLocalBackend) rmSync(localBackend, { recursive: true, force: true });
  }

  /** A Pulumi of its own, beside the person's, and the embedded cluster as the current context. */
  private readonly environment: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${pulumiBin()}:${process.env.PATH}`,
    KUBECONFIG: kubeconfigPath,
    npm_config_prefix: join(this.parent, "npm"),
    PULUMI_HOME: join(this.parent, "home"),
    PULUMI_BACKEND_URL: `file://${this.subfolder("state")}`,
    PULUMI_CONFIG_PASSPHRASE: randomBytes(24).toString("base64url"),
    PULUMI_SKIP_CONFIRMATIONS: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_K8S_ENABLE_PATCH_FORCE: "true",
    // The Kubernetes provider leaves a copy of the kubeconfig there.
    TMPDIR: join(this.parent, "tmp"),
  };

  private subfolder(name: string): string {
    const folder = join(this.parent, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }
}

/** The block of commands in README.md that has this line in it. */
export function readmeBlock(line: string): string {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
  const [found, ...others] = blocks.filter((block) => block.includes(line));
  if (found === undefined || others.length > 0) {
    throw new Error(`README.md has ${others.length + (found ? 1 : 0)} blocks with "${line}"`);
  }
  return found;
}
