import * as z from "zod";
import { logLevels } from "./log";
import { timestampFormats } from "./spec";

/** The description of a variable. */
export interface About {
  /** What it does. */
  readonly about: string;
  /** The allowed values, in the words of an error message. */
  readonly allowed: string;
  /** The flag of the command line that does the same, if there is one. */
  readonly flag?: string;
  /** The value that is used if the variable isn't set. */
  readonly fallback?: string;
  /** Whether its value must not appear in a message. */
  readonly secret?: boolean;
}

const optional = <Schema extends z.ZodType>(schema: Schema, about: About) =>
  schema.optional().meta({ ...about });
const withDefault = <Schema extends z.ZodType<unknown, string>>(
  schema: Schema,
  fallback: string,
  about: About,
) => schema.prefault(() => fallback as z.input<Schema>).meta({ ...about, fallback });

const numeric = z.string().regex(/^\d+(\.\d+)?$/);
const integer = (min: number, max: number) =>
  numeric.transform(Number).pipe(z.int().min(min).max(max));
const decimal = (min: number, max: number) =>
  numeric.transform(Number).pipe(z.number().min(min).max(max));
const text = z.string().min(1);
const aText = "a text that is not empty";
const aFile = "the path of a PEM file";
const choice = (values: readonly string[]) => `one of ${values.join(", ")}`;
const saslMechanisms = ["plain", "scram-sha-256", "scram-sha-512"] as const;

function isBroker(entry: string): boolean {
  const [, port] = /^(?:[\w.-]+|\[[\da-fA-F:]+\]):(\d+)$/.exec(entry) ?? [];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}
const brokers = z
  .string()
  .transform((list) => list.split(",").map((entry) => entry.trim()))
  .refine((list) => list.every(isBroker));

/** Kafka's rule for a topic's name: org.apache.kafka.common.internals.Topic. */
const topic = z
  .string()
  .regex(/^[\w.-]{1,249}$/)
  .refine((name) => name !== "." && name !== "..");

/** The variables of the environment, in the order of `--help`. */
export const environment = z.object({
  PRODUCER_SPEC: optional(text, {
    flag: "spec",
    allowed: "the path of a JSON file",
    about: "file that says which events to send, as the stack derives it from a stream",
  }),
  KAFKA_BROKERS: withDefault(brokers, "localhost:9092", {
    flag: "brokers",
    allowed: "host:port, or several with commas between",
    about: "brokers to start from; the rest are learned from them",
  }),
  KAFKA_TOPIC: optional(topic, {
    flag: "topic",
    allowed: "1 to 249 of letters, digits, '.', '_' and '-'",
    about: "topic to send to, which must exist (default: the stream's)",
  }),
  PRODUCER_INTERVAL_SECONDS: optional(decimal(0.01, 86_400), {
    flag: "interval",
    allowed: "a number from 0.01 to 86400",
    about: "one round of messages each so many seconds (default: as the stream declares)",
  }),
  PRODUCER_RATE: optional(decimal(0.001, 1_000_000), {
    flag: "rate",
    allowed: "a number from 0.001 to 1000000",
    about: "messages a second, in place of an interval",
  }),
  PRODUCER_COUNT: optional(integer(1, 1e15), {
    flag: "count",
    allowed: "a whole number from 1 to 1e15",
    about: "end after so many messages (default: never)",
  }),
  PRODUCER_TIMESTAMP_FORMAT: optional(z.enum(timestampFormats), {
    flag: "timestamp-format",
    allowed: choice(timestampFormats),
    about: "how the event's time is written (default: as the spec says)",
  }),
  LOG_LEVEL: withDefault(z.enum(logLevels), "info", {
    flag: "log-level",
    allowed: choice(logLevels),
    about: "warn and above leave the line of each message out",
  }),
  KAFKA_CLIENT_ID: optional(text, {
    allowed: aText,
    about: "name in the brokers' logs and quotas (default: producer-<stream>)",
  }),
  PRODUCER_BUFFER_MESSAGES: withDefault(integer(1, 10_000_000), "100000", {
    allowed: "a whole number from 1 to 10000000",
    about: "messages kept while Kafka is unreachable; further ones are refused and counted",
  }),
  PRODUCER_BATCH_MESSAGES: withDefault(integer(1, 100_000), "2000", {
    allowed: "a whole number from 1 to 100000",
    about: "most messages of one round of sends",
  }),
  PRODUCER_SHUTDOWN_SECONDS: withDefault(decimal(0, 3_600), "20", {
    allowed: "a number from 0 to 3600",
    about: "time to flush in on SIGTERM and SIGINT; keep it below the pod's grace period",
  }),
  PRODUCER_HEALTH_PORT: withDefault(integer(0, 65_535), "0", {
    allowed: "a whole number from 0 to 65535",
    about: "port of /healthz and /readyz, for probes; 0 is none",
  }),
  PRODUCER_STALL_SECONDS: withDefault(decimal(1, 86_400), "300", {
    allowed: "a number from 1 to 86400",
    about: "/healthz fails when messages wait and no attempt has ended for so long",
  }),
  KAFKA_SSL: withDefault(z.enum(["true", "false"]), "false", {
    allowed: "true or false",
    about: "TLS to the brokers",
  }),
  KAFKA_SSL_CA_FILE: optional(text, { allowed: aFile, about: "authorities to trust" }),
  KAFKA_SSL_CERT_FILE: optional(text, { allowed: aFile, about: "client certificate" }),
  KAFKA_SSL_KEY_FILE: optional(text, { allowed: aFile, about: "the certificate's key" }),
  KAFKA_SASL_MECHANISM: optional(z.enum(saslMechanisms), {
    allowed: choice(saslMechanisms),
    about: "how to log in (default: no login)",
  }),
  KAFKA_SASL_USERNAME: optional(text, { allowed: aText, about: "user to log in as" }),
  KAFKA_SASL_PASSWORD: optional(text, { allowed: aText, about: "its password", secret: true }),
  KAFKA_SASL_PASSWORD_FILE: optional(text, {
    allowed: "the path of a file",
    about: "file that has its password, in place of KAFKA_SASL_PASSWORD",
  }),
});

export type Environment = z.output<typeof environment>;
export type VariableName = keyof typeof environment.shape;
export const variableNames = Object.keys(environment.shape) as VariableName[];

/** The variable's text in `--help` and errors. */
export function aboutVariable(name: VariableName): About {
  return environment.shape[name].meta() as unknown as About;
}
