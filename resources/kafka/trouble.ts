/** What to say of a Kafka that can't be used: where it is, what came back, and what to do. */
import type { OpenKafka } from "../connection";
import { errorText } from "../error-text";

/** A Kafka is not the stack's own where it is reached without a port-forward. */
const isExternal = ({ socketFactory }: OpenKafka["config"]) => socketFactory === undefined;

/** One line. Nothing secret is in it. */
export function kafkaTrouble(config: OpenKafka["config"], error: unknown): string {
  const at = `Kafka at ${config.brokers.join(",")}`;
  if (!isExternal(config)) {
    return refusedLogIn(at, config.sasl?.username, error) ?? `${at}: ${kafkaReason(error)}`;
  }
  const reason = kafkaReason(error);
  return `${says(at, config, error, reason)}: ${reason}.${advice(config, error, reason)}`;
}

const unreached =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|connection timeout/i;
const badCertificate = /certificate|self.signed|altname/i;
const otherProtocol =
  /closed connection|socket disconnected|wrong version|ssl routines|ECONNRESET/i;
const otherMechanism = /mechanism is not supported|not support the requested SASL mechanism/i;

function says(at: string, { sasl }: OpenKafka["config"], error: unknown, reason: string): string {
  if (isRefusedLogIn(error) || otherMechanism.test(reason)) {
    return `${at} refuses user ${sasl?.username} by SASL ${sasl?.mechanism}`;
  }
  if (unreached.test(reason)) return `${at} is not reached from this machine`;
  if (badCertificate.test(reason)) return `${at} has a certificate that is not trusted`;
  return at;
}

function advice({ ssl }: OpenKafka["config"], error: unknown, reason: string): string {
  const where = "in charts-values/kafka.yaml or the stack's overlay";
  if (otherMechanism.test(reason)) return ` Set external.sasl.mechanism ${where} to one it has`;
  if (isRefusedLogIn(error)) {
    return ` Set external.sasl ${where}, and the password by \`pulumi config set --secret kafkaPassword\``;
  }
  if (unreached.test(reason)) {
    return ` Pulumi and the stack's tools connect to its brokers themselves: run them where the brokers are reached, such as behind a VPN, or correct external.brokers ${where}`;
  }
  if (badCertificate.test(reason)) {
    return ` Set external.tls.authority ${where} to the PEM of the authority that signed it, and external.brokers to names that it has`;
  }
  if (otherProtocol.test(reason)) {
    return ` external.tls.enabled is ${ssl !== undefined}, which may not be what this port speaks; or set external.sasl ${where}`;
  }
  return "";
}

function isRefusedLogIn(error: unknown): boolean {
  return error instanceof Error && error.name === "KafkaJSSASLAuthenticationError";
}

/**
 * What to say of a log-in that the stack's own Kafka refuses; undefined for any other error.
 *
 * @param at where, such as `Kafka at kafka:9092`
 */
export function refusedLogIn(
  at: string,
  username: string | undefined,
  error: unknown,
): string | undefined {
  if (!isRefusedLogIn(error)) return undefined;
  return (
    `${at} refuses user ${username}: wrong password, or no such user. After \`make rotate-secrets\` the old ones are void: ` +
    "read the outputs again. `make up` gives the user its password back"
  );
}

/** What to say of a topic that is not there, if it is only read, or not to be seen. */
export function unreadable(
  { brokers, sasl }: OpenKafka["config"],
  topic: string,
  refusal: string,
  managed = false,
): string {
  const todo = managed
    ? ". Permit this user to create, alter, describe and read it"
    : ". It is only read (topic.managed: false), so nothing creates it. Create it, permit this user to describe and read it";
  return (
    `Kafka at ${brokers.join(",")} lets ${sasl ? `user ${sasl.username}` : "a client without a login"} see no topic ${topic}: ` +
    `${refusal}${todo}, or correct topic.name`
  );
}

/** kafkajs gathers what Kafka said of several topics in `errors`. */
export function kafkaReason(error: unknown): string {
  if (error instanceof Error && "errors" in error && Array.isArray(error.errors)) {
    return error.errors.map((inner) => String(inner.message ?? inner)).join("; ");
  }
  return errorText(error);
}
