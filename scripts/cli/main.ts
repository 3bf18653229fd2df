import { existsSync } from "node:fs";
import { errorText } from "../../resources/error-text";
import { askCli, type Cli, chosenCli, exitCode, startCli } from "./cli";
import { coreApiOf } from "./kubernetes";
import {
  forgetPending,
  freeStack,
  namespacesOf,
  type Recovery,
  recoverForDestroy,
  recoverForUp,
} from "./recovery";
import { type RunRecord, RunRecords } from "./run-record";
import { StackFile } from "./stack-file";
import { isStateAtHand, lockHolders, readState, type State } from "./state";
import { explainPods } from "./why";

const usage = `usage: scripts/cli/main.ts [--embedded] [--make] STACK COMMAND [ARGS…]
  Runs a command of the Pulumi CLI on a stack, after what a killed run has left for it to do.
  --embedded   the stack is one of the embedded default
  --make       as \`make\` runs it: no question is asked, and fields are shown`;

/** What is done without questions, as `make` has it. */
const withoutQuestions: Readonly<Record<string, readonly string[]>> = {
  // The outputs are told by what `make` prints after it.
  up: ["--yes", "--skip-preview", "--suppress-outputs"],
  destroy: ["--yes", "--skip-preview"],
  refresh: ["--yes", "--skip-preview", "--diff"],
  preview: ["--diff"],
};

function asMake(command: string): readonly string[] {
  // Where it can't draw, the CLI shows that it works by dots between its lines.
  const dots = process.stdout.isTTY ? [] : ["--suppress-progress"];
  const options = withoutQuestions[command];
  return options === undefined ? [] : [...options, ...dots];
}

/** The commands that change the state, and so leave a record of themselves until they have ended. */
const changing = new Set(["up", "update", "destroy", "refresh", "import"]);

async function main(): Promise<number> {
  const given = process.argv.slice(2);
  // What comes after the stack's name is the CLI's.
  const options = given.slice(
    0,
    given.findIndex((word) => !word.startsWith("--")),
  );
  const [stack, command, ...args] = given.slice(options.length);
  const isEmbedded = options.includes("--embedded");
  if (stack === undefined || command === undefined) throw new Error(usage);
  const cli = chosenCli(stack, isEmbedded);
  const file = new StackFile(`Pulumi.${stack}.yaml`, isEmbedded);
  try {
    const isNew = await ensureStack(cli, command);
    const all = options.includes("--make") ? [...asMake(command), ...args] : args;
    const code = changing.has(command)
      ? await change(cli, command, all)
      : await exitCode(startCli(cli, [command, ...all]));
    if (isNew && command === "preview") {
      await askCli(cli, "stack", "rm", "--yes", "--preserve-config", stack);
    }
    return code;
  } finally {
    file.restore();
  }
}

/** Makes the stack where it is not there yet; gives whether it did. */
async function ensureStack(cli: Cli, command: string): Promise<boolean> {
  if (!["up", "preview", "config"].includes(command)) return false;
  if (isStateAtHand(cli) ? (await readState(cli)) !== undefined : await isKnown(cli)) return false;
  await askCli(cli, "stack", "init", cli.stack);
  return true;
}

async function isKnown(cli: Cli): Promise<boolean> {
  const found: { name: string }[] = JSON.parse(await askCli(cli, "stack", "ls", "--json"));
  return found.some(({ name }) => name === cli.stack || name.endsWith(`/${cli.stack}`));
}

/** Runs a command that changes the stack, after what a killed run has left for it to do. */
async function change(cli: Cli, command: string, args: readonly string[]): Promise<number> {
  // What a run that goes on has pending is its own; the CLI says who holds the lock.
  if (lockHolders(cli).some(({ isGone }) => !isGone)) {
    return exitCode(startCli(cli, [command, ...args]));
  }
  const records = new RunRecords(cli.stack);
  const unfinished = records.unfinished();
  await freeStack(cli, unfinished);
  const isLookedAt = unfinished !== undefined || isStateAtHand(cli);
  const state = isLookedAt ? await readState(cli) : undefined;
  const recovered = state && (await recover(cli, command, state, unfinished));

  const { variables, started } = records.begin(command);
  // What a person aims at is left at that.
  const isAimed = args.some((word) => word.startsWith("--target"));
  const options = isAimed ? [] : (recovered?.options ?? []);
  const child = startCli(cli, [command, ...args, ...options], {
    ...variables,
    ...recovered?.variables,
  });
  let isCutOff = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // Ctrl-C reaches the CLI too, which lets what is in flight end.
    process.on(signal, () => {
      isCutOff = true;
      if (signal === "SIGTERM") child.kill(signal);
    });
  }
  if (child.pid !== undefined) started(child.pid);
  const code = await exitCode(child);
  if (code === 0) {
    if (command === "up" && state && state.pending.length > 0) await forgetPending(cli);
    records.forget();
  } else if (command === "up" && !isCutOff && child.signalCode === null) {
    // A failure that the CLI has recorded leaves nothing to be looked for, unless the run before has left something.
    if (unfinished === undefined) records.forget();
    await explainFailure(cli);
  }
  return code;
}

async function recover(
  cli: Cli,
  command: string,
  state: State,
  unfinished: RunRecord | undefined,
): Promise<Recovery | undefined> {
  if (command === "up") return recoverForUp(cli, state, unfinished);
  if (command === "destroy") await recoverForDestroy(cli, state);
  return undefined;
}

/** What the pods say that are not ready. */
async function explainFailure(cli: Cli): Promise<void> {
  const state = await readState(cli);
  for (const namespace of state ? namespacesOf(state) : [])
    await explainPods(await coreApiOf(cli.stack), namespace);
}

if (!existsSync("Pulumi.yaml")) throw new Error("scripts/cli/main.ts runs in the project's folder");
main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(errorText(error));
    process.exitCode = 1;
  },
);
