import { parseArgs } from "node:util";
import { discoverStreams } from "../pipelines";
import { describe } from "../verify/link";
import { readOutputs, type StackOutputs } from "../verify/outputs";
import { isWell, renderStatus } from "./screen";
import { readStatus } from "./snapshot";

const help = `Shows how a running stack is: alerts, streams, task slots, pods, disks, versions.

  --outputs FILE    the stack's outputs as JSON, with secrets (default: standard input)
  --stack NAME      the stack's name, for the first line (default: local)
  --watch           again and again, until Ctrl-C
  --interval N      seconds between two times (default 5)

Ends with 0 if all is well, 1 if something is wrong or not known, 2 for a wrong option or a stack without outputs.`;

/** Where the output is no terminal. */
const defaultWidth = 120;

function readOptions() {
  const { values } = parseArgs({
    options: {
      outputs: { type: "string", default: "-" },
      stack: { type: "string", default: "local" },
      watch: { type: "boolean", default: false },
      interval: { type: "string", default: "5" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const interval = Number(values.interval);
  if (!(interval >= 1 && interval <= 3_600)) {
    throw new Error(`--interval must be a number from 1 to 3600, is "${values.interval}"`);
  }
  return { ...values, intervalMs: interval * 1000 };
}

/** `COLUMNS` names another width, as for other programs. */
const widthOf = () => Number(process.env.COLUMNS) || process.stdout.columns || defaultWidth;

async function main(): Promise<number> {
  try {
    const options = readOptions();
    if (options.help) {
      console.log(help);
      return 0;
    }
    const outputs = readOutputs(options.outputs);
    if (options.watch) return await watch(options.stack, outputs, options.intervalMs);
    const sections = await readStatus(outputs, streamsOf(outputs));
    console.log(renderStatus(options.stack, sections, { width: widthOf() }));
    return isWell(sections) ? 0 : 1;
  } catch (error) {
    console.error(`status: ${describe(error)}`);
    return 2;
  }
}

function streamsOf({ pipelines }: StackOutputs) {
  return discoverStreams().filter(({ name }) => pipelines[name]);
}

/** Draws anew each time. A line is cleared only when its new text is there, so that nothing flickers. */
async function watch(stack: string, outputs: StackOutputs, intervalMs: number): Promise<number> {
  let stopped = false;
  const stop = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        stopped = true;
        resolve();
      });
    }
  });
  const isTerminal = process.stdout.isTTY;
  if (isTerminal) process.stdout.write("\x1b[2J");
  while (!stopped) {
    const sections = await Promise.race([readStatus(outputs, streamsOf(outputs)), stop]);
    if (!sections) break;
    const height = isTerminal ? process.stdout.rows - 1 : undefined;
    const text = renderStatus(stack, sections, { width: widthOf(), height });
    const cleared = text.replaceAll("\n", "\x1b[K\n");
    process.stdout.write(isTerminal ? `\x1b[H${cleared}\x1b[K\n\x1b[J` : `${text}\n\n`);
    await Promise.race([new Promise((resolve) => setTimeout(resolve, intervalMs)), stop]);
  }
  return 0;
}

void main().then((code) => process.exit(code));
