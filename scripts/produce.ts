import { discoverStreams } from "../pipelines";
import type { Stream } from "../pipelines/declare/stream";
import { type SenderSpec, senderSpec } from "../pipelines/derive/sender";
import { runAsProcess, sendUntilStopped } from "../producer/program";
import { helpText, readSettings, SettingsError } from "../producer/settings";
import { variableNames } from "../producer/variables";
import { openKafka } from "../resources/connection";
import { kafkaOf, readOutputs } from "../verify/outputs";

const about = `Sends a stream's events from this machine: npm run produce -- --stream NAME [OPTION…]

  --stream            a stream of pipelines/ that declares \`producer\` (default: the only one)
  --brokers           host:port of another Kafka, or several with commas between (default: the Kafka of the stack that
                      STACK names, through a port-forward)`;
const otherVariables = variableNames.filter(
  (name) => name !== "PRODUCER_SPEC" && name !== "KAFKA_BROKERS",
);

/**
 * Sends the events of the stream that `--stream` names until it is stopped; the other options are the producer's own.
 *
 * @param args the command line. With `--outputs FILE`, the stack's outputs as JSON, Kafka is reached through a port-forward.
 * @returns the process's exit code
 */
async function produce(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(`${about}\n\n${helpText(otherVariables)}\n`);
    return 0;
  }
  const { value: outputsFile, rest } = takeOption(args, "outputs");
  const { value: name, rest: own } = takeOption(rest, "stream");
  const settings = readSettings(own, process.env, chooseSpec(discoverStreams(), name));
  if (settings === "help") return 0;
  if (outputsFile === undefined) return sendUntilStopped(settings);
  const open = await openKafka(kafkaOf(readOutputs(outputsFile)));
  try {
    return await sendUntilStopped({ ...settings, kafka: { ...settings.kafka, ...open.config } });
  } finally {
    await open.close();
  }
}

/**
 * What to send: the events of the named stream, or of the only one that declares `producer`.
 *
 * @throws SettingsError that lists the streams to choose from
 */
export function chooseSpec(streams: readonly Stream[], name: string | undefined): SenderSpec {
  const specs = streams.flatMap((stream) => senderSpec(stream) ?? []);
  const [spec, ...others] = name === undefined ? specs : specs.filter((one) => one.name === name);
  if (spec !== undefined && others.length === 0) return spec;
  const listed = specs.map((one) => one.name).join(", ") || "there is none";
  const given = name === undefined ? "" : `, is "${name}"`;
  throw new SettingsError([
    `--stream must name a stream of pipelines/ that declares \`producer\` (${listed})${given}`,
  ]);
}

/** Takes `--NAME VALUE` or `--NAME=VALUE` out of a command line. */
export function takeOption(
  args: readonly string[],
  name: string,
): { value?: string; rest: readonly string[] } {
  const at = args.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
  if (at < 0) return { rest: args };
  const [, inline] = /^[^=]*=(.*)$/.exec(args[at] ?? "") ?? [];
  const value = inline ?? args[at + 1] ?? "";
  return { value, rest: args.toSpliced(at, inline === undefined ? 2 : 1) };
}

if (require.main === module) runAsProcess(() => produce(process.argv.slice(2)));
