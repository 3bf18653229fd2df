import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dockerSocket, kubeconfigPath, passphraseFile, pulumiStateDir } from "./paths";

/**
 * The variables with which Kubernetes clients, Docker clients and Pulumi find the embedded default.
 * What the caller has set itself for Pulumi (PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE or
 * PULUMI_CONFIG_PASSPHRASE_FILE) is left as it is.
 */
export function embeddedEnvironment(caller: NodeJS.ProcessEnv): Record<string, string> {
  const variables: Record<string, string> = {
    KUBECONFIG: kubeconfigPath,
    DOCKER_HOST: `unix://${dockerSocket}`,
  };
  if (!caller.PULUMI_BACKEND_URL) variables.PULUMI_BACKEND_URL = `file://${pulumiStateDir}`;
  if (!caller.PULUMI_CONFIG_PASSPHRASE && !caller.PULUMI_CONFIG_PASSPHRASE_FILE) {
    variables.PULUMI_CONFIG_PASSPHRASE_FILE = passphraseFile;
  }
  return variables;
}

/** Makes the passphrase of the embedded stacks' secrets, once. */
export function ensurePassphrase(): void {
  if (existsSync(passphraseFile)) return;
  mkdirSync(dirname(passphraseFile), { recursive: true, mode: 0o700 });
  writeFileSync(passphraseFile, randomBytes(24).toString("base64url"), { mode: 0o600, flag: "wx" });
}

const stacksDir = join(pulumiStateDir, ".pulumi", "stacks", "realtime-analytics");

/** Every stack that the file backend knows. */
export function stacksInState(): string[] {
  if (!existsSync(stacksDir)) return [];
  return readdirSync(stacksDir).flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? []);
}

/** How many resources the file backend holds for a stack; 0 where the stack was never made. */
export function resourcesInState(stack: string): number {
  const file = join(stacksDir, `${stack}.json`);
  if (!existsSync(file)) return 0;
  const state: { checkpoint?: { latest?: { resources?: unknown[] } } } = JSON.parse(
    readFileSync(file, "utf8"),
  );
  return state.checkpoint?.latest?.resources?.length ?? 0;
}

function main(args: string[]): void {
  const [command, ...stacks] = args;
  if (command === "variables") {
    ensurePassphrase();
    mkdirSync(pulumiStateDir, { recursive: true, mode: 0o700 });
    for (const [name, value] of Object.entries(embeddedEnvironment(process.env))) {
      console.log(`${name}=${value}`);
    }
  } else if (command === "resources") {
    const asked = stacks.length > 0 ? stacks : stacksInState();
    console.log(asked.reduce((sum, stack) => sum + resourcesInState(stack), 0));
  } else {
    throw new Error(
      `local/environment.ts takes "variables" or "resources [STACK…]", not "${command}"`,
    );
  }
}

if (require.main === module) main(process.argv.slice(2));
