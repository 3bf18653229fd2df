import { enableCompileCache } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { tolerateClosedPipes } from "../closed-pipe";
import { cacheDir, pulumiStateDir } from "../paths";
import { cancelLocks } from "./lock";
import { locateStack, openStack, type StackSelection } from "./stack-session";
import { rootStackType } from "./urn";
import { isPropertyMap, type PropertyValue, Secret } from "./values";

// The engine, the program and the host of dynamic resources load the same large packages at each run:
// keeping their compiled form saves a quarter of a run without changes.
process.env.NODE_COMPILE_CACHE ??= join(cacheDir, "node-compile-cache");
enableCompileCache?.(process.env.NODE_COMPILE_CACHE);

const usage = `usage: main.ts <command> [options]

Runs the Pulumi program of a folder without the Pulumi CLI.

commands:
  up        make the stack what the program says
  preview   say what up would do
  refresh   read the objects back, and make the state what they are
  destroy   delete all of the stack
  outputs   print the stack's outputs
  cancel    remove the stack's lock

options:
  --stack <name>       the stack (required)
  --cwd <folder>       folder of Pulumi.yaml; default: the current one
  --state <folder>     folder of the state, as in pulumi login file://<folder>; default: that of
                       PULUMI_BACKEND_URL, else the embedded default's
  --passphrase-file <path>  read when the environment sets no PULUMI_CONFIG_PASSPHRASE(_FILE)
  --parallel <n>       operations at a time; default 10
  --refresh            up, preview: read the objects back first
  --diff               print what changes, field by field (preview and refresh always do)
  --yes                accepted, and without effect: there are no questions
  --debug              print the program's debug messages
  --json               outputs: as JSON
  --show-secrets       outputs: secrets in the clear
  -c, --config <k=v>   a config value for this run, over those of the stack's file
`;

async function main(argv: string[]): Promise<number> {
  const [major = 0] = process.versions.node.split(".").map(Number);
  if (major < 22) {
    throw new Error(
      `Node 22.12 or newer is needed, and this is ${process.version}. \`npm ci\` installs one: put node_modules/.bin first on the PATH.`,
    );
  }
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      stack: { type: "string" },
      cwd: { type: "string", default: "." },
      state: { type: "string" },
      "passphrase-file": { type: "string" },
      parallel: { type: "string", default: "10" },
      refresh: { type: "boolean", default: false },
      diff: { type: "boolean", default: false },
      yes: { type: "boolean", default: false },
      debug: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      "show-secrets": { type: "boolean", default: false },
      config: { type: "string", short: "c", multiple: true, default: [] },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [command] = positionals;
  if (values.help || !command) {
    process.stdout.write(usage);
    return values.help ? 0 : 2;
  }
  if (!values.stack) throw new Error("--stack is missing");
  const parallel = Number(values.parallel);
  if (!Number.isInteger(parallel) || parallel < 1) {
    throw new Error(`--parallel must be a whole number of at least 1, is "${values.parallel}"`);
  }
  const selection: StackSelection = {
    root: resolve(values.cwd),
    stack: values.stack,
    stateDir: resolve(values.state ?? backendFolder(process.env.PULUMI_BACKEND_URL)),
    overrides: parseOverrides(values.config),
    passphraseFile: values["passphrase-file"],
  };
  switch (command) {
    case "up":
    case "preview":
    case "refresh":
    case "destroy":
      return runCommand(command, selection, { ...values, parallel });
    case "outputs":
      return printOutputs(selection, values.json, values["show-secrets"]);
    case "cancel":
      return cancel(selection);
    default:
      process.stderr.write(`error: there is no command "${command}"\n\n${usage}`);
      return 2;
  }
}

/** The folder that a file back end's URL names. Other back ends take the Pulumi CLI. */
function backendFolder(url: string | undefined): string {
  if (!url) return pulumiStateDir;
  if (!url.startsWith("file://")) {
    throw new Error(
      `PULUMI_BACKEND_URL is "${url}"; without the Pulumi CLI only file://<folder> is possible: https://www.pulumi.com/docs/install/`,
    );
  }
  return fileURLToPath(url);
}

async function runCommand(
  command: "up" | "preview" | "refresh" | "destroy",
  selection: StackSelection,
  flags: { parallel: number; refresh: boolean; diff: boolean; debug: boolean },
): Promise<number> {
  const { run } = await import("./run.js");
  const { createDisplay } = await import("./display/index.js");
  const { watchInterrupts } = await import("./interrupts.js");
  const display = createDisplay({
    diff: flags.diff || command === "preview" || command === "refresh",
    debug: flags.debug,
  });
  const ok = await run({
    ...selection,
    kind: command === "up" ? "update" : command,
    parallel: flags.parallel,
    refresh: flags.refresh,
    debug: flags.debug,
    display,
    interrupts: watchInterrupts((message) => display.log("info", message)),
  });
  return ok ? 0 : 1;
}

function parseOverrides(pairs: string[]): Record<string, string> {
  const result: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) throw new Error(`--config takes key=value, is "${pair}"`);
    result[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return result;
}

async function printOutputs(
  selection: StackSelection,
  json: boolean,
  showSecrets: boolean,
): Promise<number> {
  const { snapshot } = await openStack(selection);
  const outputs = snapshot.resources.find((r) => r.type === rootStackType)?.outputs ?? {};
  const shown = show(outputs, showSecrets) as Record<string, unknown>;
  if (json) {
    process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
    return 0;
  }
  for (const [key, value] of Object.entries(shown).sort(([a], [b]) => (a < b ? -1 : 1))) {
    process.stdout.write(`${key}: ${typeof value === "string" ? value : JSON.stringify(value)}\n`);
  }
  return 0;
}

function show(value: PropertyValue, secrets: boolean): unknown {
  if (value instanceof Secret) return secrets ? show(value.value, secrets) : "[secret]";
  if (Array.isArray(value)) return value.map((item) => show(item, secrets));
  if (!isPropertyMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, show(v, secrets)]));
}

async function cancel(selection: StackSelection): Promise<number> {
  const { files } = locateStack(selection);
  const holders = await cancelLocks(files);
  const said =
    holders.length > 0 ? `Removed the lock of ${holders.join(", ")}.` : "No lock is held.";
  process.stdout.write(`${said}\n`);
  return 0;
}

tolerateClosedPipes();
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 1;
  },
);
