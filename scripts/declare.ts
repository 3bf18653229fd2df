import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { discoverStreams } from "../pipelines";
import { runAsProcess } from "../producer/program";
import { SettingsError } from "../producer/settings";
import { type KafkaConnection, type OpenKafka, withKafka } from "../resources/connection";
import { kafkaOf, readOutputs } from "../verify/outputs";
import { inferShape } from "./declare/infer";
import { decode, UnusableMessages } from "./declare/messages";
import { sampleTopic } from "./declare/sample";
import { streamText } from "./declare/write";

const about = `Writes the file of a stream from the messages of a topic: npm run declare -- --topic TOPIC [OPTION…]

  --topic             a topic that has messages
  --name              of the stream, and so of pipelines/NAME.ts (default: made from the topic's)
  --messages          how many of the newest messages to read (default: 1000)
  --brokers           host:port of another Kafka, or several with commas between (default: the Kafka of the stack that
                      STACK names, through a port-forward)
  --tls               reach these brokers by TLS
  --ca                a file with the PEM certificates that vouch for them (default: those of Node); means --tls
  --sasl              plain, scram-sha-256 or scram-sha-512, with the variables KAFKA_USERNAME and KAFKA_PASSWORD
`;

const options = {
  topic: { type: "string" },
  name: { type: "string" },
  messages: { type: "string" },
  brokers: { type: "string" },
  tls: { type: "boolean" },
  ca: { type: "string" },
  sasl: { type: "string" },
  outputs: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;
type Flags = ReturnType<typeof parseFlags>;
type Config = Omit<OpenKafka["config"], "sasl"> & { readonly sasl?: object };

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new SettingsError([error instanceof Error ? error.message : String(error)]);
  }
}

async function declare(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args);
  if (flags.help) {
    process.stdout.write(about);
    return 0;
  }
  const { topic, name = streamName(topic ?? "") } = flags;
  const limit = Number(flags.messages ?? 1_000);
  if (!topic) throw new SettingsError(["--topic must name a topic"]);
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 100_000)) {
    throw new SettingsError([`--messages must be from 1 to 100000, is "${flags.messages}"`]);
  }
  const file = join(__dirname, "../pipelines", `${name}.ts`);
  requireFree(name, topic, file);
  const { facts, messages } = await withConfig(flags, (config) =>
    sampleTopic(config, topic, limit),
  ).catch(told);
  const decoded = decodeOf(topic, messages);
  const shape = inferShape(decoded);
  writeFileSync(file, streamText({ name, topic: facts, decoded, shape }), { flag: "wx" });
  format(file);
  const notes = [...shape.notes, ...shape.leftOut.map((one) => `left out: ${one}`)];
  process.stdout.write(
    [
      `pipelines/${name}.ts declares ${shape.fields.length} fields, from ${decoded.events.length} events in ${messages.length} messages of topic ${topic} (${decoded.format})`,
      ...notes.map((note) => `- ${note}`),
      "`make preview` shows what it makes, `make up` makes it\n",
    ].join("\n"),
  );
  return 0;
}

function decodeOf(topic: string, messages: Parameters<typeof decode>[0]) {
  try {
    return decode(messages);
  } catch (error) {
    if (!(error instanceof UnusableMessages)) throw error;
    throw new SettingsError([`topic ${topic}: ${error.message}`]);
  }
}

/** What Kafka refuses is told without a stack trace. */
function told(error: unknown): never {
  throw error instanceof Error ? new SettingsError([error.message]) : error;
}

/** A topic may have names that a stream may not have. */
function streamName(topic: string): string {
  const name = topic.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, "-");
  return name
    .replace(/^[^a-z]+/, "")
    .slice(0, 63)
    .replace(/[-_]+$/, "");
}

function requireFree(name: string, topic: string, file: string): void {
  if (!/^[a-z]([a-z0-9_-]{0,61}[a-z0-9])?$/.test(name) || name === "index") {
    throw new SettingsError([
      `--name must be a lower-case letter, then letters, digits, - and _, is "${name}"`,
    ]);
  }
  if (existsSync(file)) {
    throw new SettingsError([`pipelines/${name}.ts exists: remove it, or give another --name`]);
  }
  const other = discoverStreams().find((one) => one.name === name || one.topic.name === topic);
  if (other !== undefined) {
    throw new SettingsError([
      `stream "${other.name}" of pipelines/ has that name, or reads topic ${topic} already`,
    ]);
  }
}

async function withConfig<T>(
  flags: Flags,
  use: (config: OpenKafka["config"]) => Promise<T>,
): Promise<T> {
  const { outputs, brokers = process.env.KAFKA_BROKERS } = flags;
  if (outputs !== undefined && !brokers) {
    return withKafka(kafkaOf(readOutputs(outputs)), use);
  }
  if (!brokers) throw new SettingsError(["--brokers must name host:port of a Kafka"]);
  const connection: KafkaConnection = { brokers: brokers.split(",").map((one) => one.trim()) };
  return withKafka(connection, (config) =>
    use({ ...config, ...identityOf(flags) } as OpenKafka["config"]),
  );
}

function identityOf({ tls, ca, sasl }: Flags): Partial<Config> {
  const { KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = process.env;
  if (sasl !== undefined && !/^(plain|scram-sha-(256|512))$/.test(sasl)) {
    throw new SettingsError([`--sasl must be plain, scram-sha-256 or scram-sha-512, is "${sasl}"`]);
  }
  if (sasl !== undefined && !(username && password)) {
    throw new SettingsError(["--sasl needs the variables KAFKA_USERNAME and KAFKA_PASSWORD"]);
  }
  return {
    ...(ca !== undefined ? { ssl: { ca: readFileSync(ca, "utf8") } } : tls && { ssl: {} }),
    ...(sasl !== undefined && { sasl: { mechanism: sasl, username, password } }),
  };
}

/** The form that `make lint` asks for. */
function format(file: string): void {
  const arguments_ = ["check", "--write", file];
  const { status, stderr, error } = spawnSync("biome", arguments_, {
    encoding: "utf8",
    cwd: join(__dirname, ".."),
  });
  if (status !== 0) process.stderr.write(`${file} is not formatted: ${error?.message ?? stderr}\n`);
}

if (require.main === module) runAsProcess(() => declare(process.argv.slice(2)));
