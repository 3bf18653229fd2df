import { parseArgs } from "node:util";
import { discoverPipelines } from "../pipelines";
import type { Pipeline } from "../pipelines/definition";
import { BrokenLink, describe } from "./link";
import { readOutputs, type StackOutputs } from "./outputs";
import { awaitFirstRows, provePipeline } from "./proof";
import { describeBreak, describeProof } from "./report";
import { type StackAccess, withStack } from "./stack-access";

const help = `Proves a running stack end to end, and names the link that broke.

  --outputs FILE    the stack's outputs as JSON, with secrets (default: standard input)
  --pipeline NAME   this pipeline only (default: all of the stack's)
  --events N        marked events to send, one at a time (default 100)
  --timeout N       bound of each wait, in seconds (default 60; with --rows 180)
  --rows            only wait for the first rows, and print their number

Ends with 0 when every link holds, 1 when one is broken, 2 on a wrong option.`;

interface Options {
  readonly outputs: string;
  readonly pipeline?: string;
  readonly events: number;
  readonly timeoutMs: number;
  readonly rows: boolean;
}

function readOptions(args: string[]): Options | "help" {
  const { values } = parseArgs({
    args,
    options: {
      outputs: { type: "string", default: "-" },
      pipeline: { type: "string" },
      events: { type: "string", default: "100" },
      timeout: { type: "string" },
      rows: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const timeout = values.timeout ?? (values.rows ? "180" : "60");
  return {
    outputs: values.outputs,
    ...(values.pipeline === undefined ? {} : { pipeline: values.pipeline }),
    events: wholeNumber("--events", values.events, 1, 100_000),
    timeoutMs: wholeNumber("--timeout", timeout, 1, 3_600) * 1000,
    rows: values.rows,
  };
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${name} must be a whole number from ${min} to ${max}, is "${text}"`);
}

/** The pipelines to prove: those of the stack, as this program declares them. */
function selectPipelines(outputs: StackOutputs, only: string | undefined): Pipeline[] {
  const declared = discoverPipelines();
  const names = only === undefined ? Object.keys(outputs.pipelines) : [only];
  return names.map((name) => {
    const pipeline = declared.find((candidate) => candidate.name === name);
    if (pipeline && outputs.pipelines[name]) return pipeline;
    const where = pipeline ? "the stack's outputs" : "pipelines/";
    throw new Error(`pipeline "${name}" is not in ${where}: \`make up\` brings both in step`);
  });
}

async function verifyPipeline(
  stack: StackAccess,
  outputs: StackOutputs,
  pipeline: Pipeline,
  options: Options,
): Promise<string> {
  const { events, timeoutMs } = options;
  if (options.rows) {
    const { rows, chart } = await awaitFirstRows(stack, outputs, pipeline, timeoutMs);
    const seen = chart ? `; chart "${chart.title}" shows them` : "";
    return `Pipeline ${pipeline.name}: ${rows} rows in Druid${seen}.`;
  }
  const progress = (line: string) => void process.stderr.write(`${pipeline.name}: ${line} …\n`);
  return describeProof(
    await provePipeline(stack, outputs, pipeline, { events, timeoutMs, progress }),
  );
}

async function main(): Promise<number> {
  let current = "";
  try {
    const options = readOptions(process.argv.slice(2));
    if (options === "help") {
      console.log(help);
      return 0;
    }
    const outputs = readOutputs(options.outputs);
    const pipelines = selectPipelines(outputs, options.pipeline);
    current = pipelines.map(({ name }) => name).join(", ");
    await withStack(outputs, async (stack) => {
      for (const pipeline of pipelines) {
        current = pipeline.name;
        console.log(await verifyPipeline(stack, outputs, pipeline, options));
      }
    });
    return 0;
  } catch (error) {
    if (error instanceof BrokenLink) {
      console.error(describeBreak(current, error));
      return 1;
    }
    console.error(`verify: ${describe(error)}`);
    return 2;
  }
}

void main().then((code) => process.exit(code));
