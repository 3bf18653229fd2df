import { parseArgs } from "node:util";
import { discoverStreams } from "../pipelines";
import type { Stream } from "../pipelines/declare/stream";
import { BrokenLink, describe } from "./link";
import { readOutputs, type StackOutputs } from "./outputs";
import { awaitFirstRows, proveStream } from "./proof";
import { proveReading } from "./read-only";
import { describeBreak, describeProof, describeReadProof } from "./report";
import { type StackAccess, withStack } from "./stack-access";
import { lastWarnings } from "./task-log";

const help = `Proves a running stack end to end, and names the link that broke.

  --outputs FILE    the stack's outputs as JSON, with secrets (default: standard input)
  --stream NAME     this stream only (default: all of the stack's)
  --events N        marked events to send, one at a time (default 100)
  --timeout N       limit of each wait, in seconds (default 60; with --rows 180)
  --rows            only wait for the first rows, and print their number

Ends with 0 if every link holds, 1 if one is broken, 2 for a wrong option.`;

interface Options {
  readonly outputs: string;
  readonly stream?: string;
  readonly events: number;
  readonly timeoutMs: number;
  readonly rows: boolean;
}

function readOptions(args: string[]): Options | "help" {
  const { values } = parseArgs({
    args,
    options: {
      outputs: { type: "string", default: "-" },
      stream: { type: "string" },
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
    ...(values.stream === undefined ? {} : { stream: values.stream }),
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

/** The declarations of the streams to prove: all that the stack has, or the one named `only`. */
function selectStreams(outputs: StackOutputs, only: string | undefined): Stream[] {
  const declared = discoverStreams();
  const names = only === undefined ? Object.keys(outputs.pipelines) : [only];
  return names.map((name) => {
    const stream = declared.find((candidate) => candidate.name === name);
    if (stream && outputs.pipelines[name]) return stream;
    const where = stream ? "the stack's outputs" : "pipelines/";
    throw new Error(`stream "${name}" is not in ${where}: \`make up\` brings both in step`);
  });
}

async function verifyStream(
  stack: StackAccess,
  outputs: StackOutputs,
  stream: Stream,
  options: Options,
): Promise<string> {
  const { events, timeoutMs } = options;
  if (options.rows) {
    const { rows, chart } = await awaitFirstRows(stack, outputs, stream, timeoutMs);
    const seen = chart ? `; chart "${chart.title}" shows them` : "";
    return `Stream ${stream.name}: ${rows} rows in Druid${seen}.`;
  }
  const progress = (line: string) => void process.stderr.write(`${stream.name}: ${line} …\n`);
  if (stream.topic.managed === false) {
    return describeReadProof(await proveReading(stack, outputs, stream, { timeoutMs, progress }));
  }
  return describeProof(await proveStream(stack, outputs, stream, { events, timeoutMs, progress }));
}

async function main(): Promise<number> {
  let current = "";
  let explain = async (): Promise<string[]> => [];
  try {
    const options = readOptions(process.argv.slice(2));
    if (options === "help") {
      console.log(help);
      return 0;
    }
    const outputs = readOutputs(options.outputs);
    explain = () => lastWarnings(outputs);
    const streams = selectStreams(outputs, options.stream);
    current = streams.map(({ name }) => name).join(", ");
    await withStack(outputs, async (stack) => {
      for (const stream of streams) {
        current = stream.name;
        console.log(await verifyStream(stack, outputs, stream, options));
      }
    });
    return 0;
  } catch (error) {
    if (error instanceof BrokenLink) {
      const warnings = error.link === "Kafka → Druid" ? await explain() : [];
      console.error(describeBreak(current, error, warnings));
      return 1;
    }
    console.error(`verify: ${describe(error)}`);
    return 2;
  }
}

void main().then((code) => process.exit(code));
