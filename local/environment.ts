import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readIfThere } from "./files";
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
  const variables: Record<string, string> = {
    KUBECONFIG: kubeconfigPath,
    DOCKER_HOST: `unix://${dockerSocket}`,
  };
  // Without the metadata beside each file: killed while it is written, the CLI could not read the state any more.
  if (!caller.PULUMI_BACKEND_URL) {
    variables.PULUMI_BACKEND_URL = `file://${pulumiStateDir}?metadata=skip`;
  }
  if (!caller.PULUMI_CONFIG_PASSPHRASE && !caller.PULUMI_CONFIG_PASSPHRASE_FILE) {
    variables.PULUMI_CONFIG_PASSPHRASE_FILE = passphraseFile;
  }
  return variables;
}

/** Makes the passphrase of the embedded stacks' secrets, once. */
export function ensurePassphrase(): void {
  if (existsSync(passphraseFile)) return;
  mkdirSync(dirname(passphraseFile), { recursive: true, mode: 0o700 });
  // wx: where another run made one meanwhile, that one stays.
  writeFileSync(passphraseFile, randomBytes(24).toString("base64url"), { mode: 0o600, flag: "wx" });
}

const stacksDir = join(pulumiStateDir, ".pulumi", "stacks", "realtime-analytics");

/** Every stack that the file backend knows. */
export function stacksInState(): string[] {
  if (!existsSync(stacksDir)) return [];
  return readdirSync(stacksDir).flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? []);
}

interface ResourceInState {
  readonly type: string;
  readonly retainOnDelete?: boolean;
  readonly inputs?: { readonly metadata?: { readonly name?: unknown } };
}

interface StackState {
  readonly resources?: readonly ResourceInState[];
  readonly pending_operations?: readonly { readonly resource: ResourceInState }[];
}

function readState(stack: string): StackState {
  const text = readIfThere(join(stacksDir, `${stack}.json`)) ?? "{}";
  const { checkpoint }: { checkpoint?: { latest?: StackState } } = JSON.parse(text);
  return checkpoint?.latest ?? {};
}

/** How many resources the file backend holds for a stack; 0 where the stack was never made. */
export function resourcesInState(stack: string): number {
  return readState(stack).resources?.length ?? 0;
}

/** The namespaces of a stack, also one whose creation was cut short, and what a destroy does with each. */
export function namespacesInState(stack: string): Map<string, "keep" | "delete"> {
  const { resources = [], pending_operations: pending = [] } = readState(stack);
  const found = new Map<string, "keep" | "delete">();
  for (const resource of [...resources, ...pending.map((one) => one.resource)]) {
    const { type, inputs, retainOnDelete } = resource;
    if (type !== "kubernetes:core/v1:Namespace") continue;
    found.set(String(inputs?.metadata?.name), retainOnDelete ? "keep" : "delete");
  }
  return found;
}

function main(args: string[]): void {
  const [command, ...stacks] = args;
  if (command === "variables") {
    const [kind, cli = ""] = stacks;
    const isEmbedded = kind === "embedded";
    const embedded = isEmbedded ? embeddedEnvironment(process.env) : {};
    if (isEmbedded) {
      ensurePassphrase();
      mkdirSync(pulumiStateDir, { recursive: true, mode: 0o700 });
    }
    const variables = { ...embedded, ...pulumiEnvironment(process.env, cli, isEmbedded) };
    for (const [name, value] of Object.entries(variables)) console.log(`${name}=${value}`);
  } else if (command === "resources") {
    const asked = stacks.length > 0 ? stacks : stacksInState();
    console.log(asked.reduce((sum, stack) => sum + resourcesInState(stack), 0));
  } else if (command === "namespaces") {
    for (const stack of stacks) {
      for (const line of namespacesInState(stack)) console.log(line.join(" "));
    }
  } else {
    throw new Error(
      `local/environment.ts takes "variables embedded|other [CLI]", "resources [STACK…]" or "namespaces STACK…", not "${command}"`,
    );
  }
}

if (require.main === module) main(process.argv.slice(2));
