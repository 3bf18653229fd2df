import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dockerSocket, kubeconfigPath, passphraseFile, pulumiHome, pulumiStateDir } from "./paths";
import { hasPlugins, isInstalled, pulumiBin } from "./pulumi/install";

/**
 * The variables with which the Pulumi CLI runs: `cli`, or where that is empty the one that is built here. Undefined while
 * something is missing that `local/pulumi/main.ts` installs: that CLI, or the plugins of an embedded stack.
 */
export function pulumiEnvironment(
  caller: NodeJS.ProcessEnv,
  cli: string,
  isEmbedded: boolean,
): Record<string, string> | undefined {
  if (cli !== "" && (!isEmbedded || hasPlugins(caller))) return { PULUMI: cli };
  if (!isInstalled()) return undefined;
  return {
    PULUMI: cli || join(pulumiBin(), "pulumi"),
    PULUMI_HOME: pulumiHome,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PATH: `${pulumiBin()}:${caller.PATH ?? ""}`,
  };
}

/**
 * The variables with which Kubernetes clients, Docker clients and Pulumi find the embedded default.
 * What the caller has set itself for Pulumi (PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE or
 * PULUMI_CONFIG_PASSPHRASE_FILE) is left as it is.
 */
export function embeddedEnvironment(caller: NodeJS.ProcessEnv): Record<string, string> {
  const { PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = caller;
  const hasPassphrase = PULUMI_CONFIG_PASSPHRASE || PULUMI_CONFIG_PASSPHRASE_FILE;
  return {
    KUBECONFIG: kubeconfigPath,
    DOCKER_HOST: `unix://${dockerSocket}`,
    // Without the metadata beside each file: killed while it is written, the CLI could not read the state any more.
    ...(!PULUMI_BACKEND_URL && { PULUMI_BACKEND_URL: `file://${pulumiStateDir}?metadata=skip` }),
    ...(!hasPassphrase && { PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile }),
  };
}

/** Makes the passphrase of the embedded stacks' secrets, once. */
export function ensurePassphrase(): void {
  if (existsSync(passphraseFile)) return;
  mkdirSync(dirname(passphraseFile), { recursive: true, mode: 0o700 });
  // wx: where another run made one meanwhile, that one stays.
  writeFileSync(passphraseFile, randomBytes(24).toString("base64url"), { mode: 0o600, flag: "wx" });
}

/** Prints the variables: `embedded`, or for a stack on another cluster `other`, and a person's own CLI where there is one. */
function main([kind, cli = ""]: string[]): void {
  const isEmbedded = kind === "embedded";
  if (isEmbedded) {
    ensurePassphrase();
    mkdirSync(pulumiStateDir, { recursive: true, mode: 0o700 });
  }
  const variables = {
    ...(isEmbedded && embeddedEnvironment(process.env)),
    ...pulumiEnvironment(process.env, cli, isEmbedded),
  };
  for (const [name, value] of Object.entries(variables)) console.log(`${name}=${value}`);
}

if (require.main === module) main(process.argv.slice(2));
