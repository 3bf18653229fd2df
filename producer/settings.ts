import { parseArgs } from "node:util";
import type { KafkaSettings } from "./kafka";
import type { LogLevel } from "./log";
import type { Pace } from "./schedule";
import { type ProducerSpec, readSpec } from "./spec";
import {
  aboutVariable,
  type Environment,
  environment,
  type VariableName,
  variableNames,
} from "./variables";

/** The producer's settings, after the check. */
export interface ProducerSettings {
  /** Which events to send. */
  readonly spec: ProducerSpec;
  readonly kafka: KafkaSettings;
  readonly pace: Pace;
  /** Total number of messages. Default: no end. */
  readonly count?: number;
  readonly logLevel: LogLevel;
  readonly bufferMessages: number;
  readonly batchMessages: number;
  readonly shutdownMs: number;
  /** 0: no health endpoint. */
  readonly healthPort: number;
  readonly stallMs: number;
}

/** All problems of the environment and the flags, one on each line. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join("\n"));
  }
}

type Texts = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings from flags and environment. A flag overrides its variable; an empty variable counts as not set.
 *
 * @param args the command line after the program's name
 * @param declared which events to send, if no file is named
 * @returns the settings, or `"help"` if the flags ask for it
 * @throws SettingsError with all problems at once
 */
export function readSettings(
  args: readonly string[],
  env: Texts,
  declared?: ProducerSpec,
): ProducerSettings | "help" {
  const { flags, problems } = readFlags(args);
  if (flags.help) return "help";
  const named = (name: string) => {
    const { flag } = flagOf(name);
    return flag !== undefined && flags[flag] !== undefined
      ? { name: `--${flag}`, text: flags[flag] }
      : { name, text: env[name] || undefined };
  };
  const given = Object.fromEntries(variableNames.map((name) => [name, named(name).text]));
  // A rate by flag replaces an interval of the environment, and the other way round.
  if (flags.rate !== undefined && flags.interval === undefined) {
    given.PRODUCER_INTERVAL_SECONDS = undefined;
  }
  if (flags.interval !== undefined && flags.rate === undefined) given.PRODUCER_RATE = undefined;

  const result = environment.safeParse(given);
  const wrong = new Set(result.error?.issues.map((issue) => String(issue.path[0])));
  for (const variable of variableNames.filter((name) => wrong.has(name))) {
    const { allowed, secret } = aboutVariable(variable);
    const { name, text } = named(variable);
    problems.push(`${name} must be ${allowed}, is ${secret ? "something else" : `"${text}"`}`);
  }
  problems.push(...contradictions(given, (name) => named(name).name));
  const file = given.PRODUCER_SPEC;
  const spec =
    file === undefined && declared
      ? declared
      : loadSpec(file, named("PRODUCER_SPEC").name, problems);
  if (!result.success || !spec || problems.length > 0) throw new SettingsError(problems);
  return toSettings(result.data, spec);
}

function loadSpec(
  file: string | undefined,
  setting: string,
  problems: string[],
): ProducerSpec | undefined {
  if (!file) {
    problems.push("PRODUCER_SPEC or --spec must name the file that says which events to send");
    return undefined;
  }
  try {
    return readSpec(file);
  } catch (error) {
    problems.push(
      `${setting} must name the JSON file of a stream's events, is "${file}": ${error}`,
    );
    return undefined;
  }
}

function flagOf(name: string): { flag?: string } {
  const variable = variableNames.find((candidate) => candidate === name);
  return variable ? aboutVariable(variable) : {};
}

function readFlags(args: readonly string[]) {
  const names = variableNames.flatMap((name) => aboutVariable(name).flag ?? []);
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  const problems: string[] = [];
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { ...options, help: { type: "boolean", short: "h" } },
    });
    return { flags: values as Texts, problems };
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
    return { flags: {} as Texts, problems };
  }
}

/** Settings that contradict each other, though each is valid by itself. */
function contradictions(given: Texts, nameOf: (variable: string) => string): string[] {
  const problems: string[] = [];
  if (given.PRODUCER_RATE && given.PRODUCER_INTERVAL_SECONDS) {
    const both = `${nameOf("PRODUCER_RATE")} and ${nameOf("PRODUCER_INTERVAL_SECONDS")}`;
    problems.push(`${both} are both set: set one of them`);
  }
  const credentials = [
    ["KAFKA_SASL_USERNAME"],
    ["KAFKA_SASL_PASSWORD", "KAFKA_SASL_PASSWORD_FILE"],
  ];
  for (const names of given.KAFKA_SASL_MECHANISM ? credentials : []) {
    if (names.some((name) => given[name])) continue;
    problems.push(`${names.join(" or ")} must be set when KAFKA_SASL_MECHANISM is`);
  }
  if (Boolean(given.KAFKA_SSL_CERT_FILE) !== Boolean(given.KAFKA_SSL_KEY_FILE)) {
    problems.push("KAFKA_SSL_CERT_FILE and KAFKA_SSL_KEY_FILE must be set together");
  }
  return problems;
}

function toSettings(env: Environment, spec: ProducerSpec): ProducerSettings {
  const { PRODUCER_RATE: perSecond, PRODUCER_INTERVAL_SECONDS: seconds } = env;
  const intervalMs = seconds === undefined ? spec.intervalMs : seconds * 1000;
  return {
    spec: { ...spec, timestampFormat: env.PRODUCER_TIMESTAMP_FORMAT ?? spec.timestampFormat },
    kafka: {
      brokers: env.KAFKA_BROKERS,
      topic: env.KAFKA_TOPIC ?? spec.topic,
      clientId: env.KAFKA_CLIENT_ID ?? `producer-${spec.name}`,
      tls:
        env.KAFKA_SSL === "true"
          ? {
              caFile: env.KAFKA_SSL_CA_FILE,
              certFile: env.KAFKA_SSL_CERT_FILE,
              keyFile: env.KAFKA_SSL_KEY_FILE,
            }
          : undefined,
      sasl: env.KAFKA_SASL_MECHANISM && {
        mechanism: env.KAFKA_SASL_MECHANISM,
        username: env.KAFKA_SASL_USERNAME ?? "",
        password: env.KAFKA_SASL_PASSWORD ?? "",
        passwordFile: env.KAFKA_SASL_PASSWORD_FILE,
      },
    },
    pace: perSecond === undefined ? { intervalMs } : { perSecond },
    count: env.PRODUCER_COUNT,
    logLevel: env.LOG_LEVEL,
    bufferMessages: env.PRODUCER_BUFFER_MESSAGES,
    batchMessages: env.PRODUCER_BATCH_MESSAGES,
    shutdownMs: env.PRODUCER_SHUTDOWN_SECONDS * 1000,
    healthPort: env.PRODUCER_HEALTH_PORT,
    stallMs: env.PRODUCER_STALL_SECONDS * 1000,
  };
}

/** The text of `--help`, below what the program does. @param names the variables to list. Default: all. */
export function helpText(names: readonly VariableName[] = variableNames): string {
  const lines = names.map((name) => {
    const { flag, about, fallback } = aboutVariable(name);
    const left = `  ${flag ? `--${flag}` : ""}`.padEnd(22) + name.padEnd(28);
    return `${left}${about}${fallback === undefined ? "" : ` (default ${fallback})`}`;
  });
  return [
    "A flag wins over its environment variable.",
    ...lines,
    "",
    "Ends with 0 when Kafka has acknowledged all, 1 when it has not, 2 on a wrong setting.",
  ].join("\n");
}
