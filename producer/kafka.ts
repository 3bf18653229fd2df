import { readFileSync } from "node:fs";
import {
  Kafka,
  type KafkaConfig,
  logLevel,
  Partitioners,
  type Producer,
  type SASLOptions,
} from "kafkajs";
import type { Transport } from "./delivery";
import type { Log } from "./log";

/** How to reach Kafka. */
export interface KafkaSettings {
  /** `host:port` of at least one broker. The others are learned from it. */
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly clientId: string;
  /** TLS, with the machine's certificate authorities unless `caFile` is set. Default: no TLS. */
  readonly tls?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
  };
  /** In place of `tls`: what was read already. */
  readonly ssl?: KafkaConfig["ssl"];
  readonly sasl?: {
    readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
    readonly username: string;
    readonly password: string;
    /** File that has the password, in place of it. It is read each time that the producer connects after a reset. */
    readonly passwordFile?: string;
  };
  /** Opens the connections to brokers, such as through a port-forward. Default: plain TCP or TLS. */
  readonly socketFactory?: KafkaConfig["socketFactory"];
}

/** Errors after which the broker will always refuse this producer's sequence numbers. */
const identityErrors = new Set([
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "DUPLICATE_SEQUENCE_NUMBER",
  "UNKNOWN_PRODUCER_ID",
  "INVALID_PRODUCER_EPOCH",
]);

/**
 * Sends by kafkajs, as an idempotent producer that waits for all in-sync replicas.
 *
 * This is the only module that imports kafkajs, which has had no release since 2023. kafkajs makes few and short retries
 * here, so that an attempt always ends and {@link Delivery} decides what follows. Sending never creates a topic.
 */
export class KafkaTransport implements Transport {
  #producer: Producer | undefined;

  constructor(
    private readonly settings: KafkaSettings,
    private readonly log: Log,
  ) {}

  async connect(): Promise<void> {
    await this.#connected();
  }

  async send(key: string, values: readonly string[]): Promise<void> {
    const producer = await this.#connected();
    await producer.send({
      topic: this.settings.topic,
      acks: -1,
      timeout: 10_000,
      messages: values.map((value) => ({ key, value })),
    });
  }

  async reset(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.disconnect();
  }

  needsReset(error: unknown): boolean {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      if ("type" in cause && identityErrors.has(String(cause.type))) return true;
    }
    return false;
  }

  /** What to do about a refused log-in, which the broker doesn't say. */
  #refusal(error: unknown): Error | undefined {
    const isRefused = error instanceof Error && error.name === "KafkaJSSASLAuthenticationError";
    if (!isRefused) return undefined;
    const user = `user ${this.settings.sasl?.username}`;
    const advice = "KAFKA_SASL_PASSWORD (or _FILE) must have its password, and the user must exist";
    return new Error(`Kafka refuses ${user}: ${advice} (${error.message})`, { cause: error });
  }

  /** The connected producer. It keeps its id when it reconnects, so that a message that is sent again is written once. */
  async #connected(): Promise<Producer> {
    if (this.#producer) return this.#producer;
    const producer = createKafka(this.settings, this.log).producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
    });
    try {
      await producer.connect();
    } catch (error) {
      await producer.disconnect();
      throw this.#refusal(error) ?? error;
    }
    this.#producer = producer;
    return producer;
  }
}

function readPassword(sasl: NonNullable<KafkaSettings["sasl"]>): SASLOptions {
  const { passwordFile, ...options } = sasl;
  const password = passwordFile ? readFileSync(passwordFile, "utf8").trimEnd() : options.password;
  return { ...options, password } as SASLOptions;
}

function createKafka(settings: KafkaSettings, log: Log): Kafka {
  const { brokers, clientId, tls, ssl, sasl, socketFactory } = settings;
  const readIfSet = (path: string | undefined) => (path ? readFileSync(path) : undefined);
  return new Kafka({
    brokers: [...brokers],
    clientId,
    socketFactory,
    connectionTimeout: 5_000,
    requestTimeout: 15_000,
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
    ...(tls && {
      ssl: {
        ca: readIfSet(tls.caFile),
        cert: readIfSet(tls.certFile),
        key: readIfSet(tls.keyFile),
      },
    }),
    ...(ssl && { ssl }),
    ...(sasl && { sasl: readPassword(sasl) }),
    logLevel: logLevel.INFO,
    // kafkajs logs each failed attempt as an error. Delivery logs failures itself, and less often.
    logCreator:
      () =>
      ({ namespace, log: { message } }) =>
        log.debug(`kafkajs ${namespace}: ${message}`),
  });
}
