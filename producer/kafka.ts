import { readFileSync } from "node:fs";
import { Kafka, logLevel, Partitioners, type Producer, type SASLOptions } from "kafkajs";
import type { Transport } from "./delivery";
import type { Log } from "./log";

/** How to reach Kafka. */
export interface KafkaSettings {
  /** `host:port` of one broker or more; the rest are learned from them. */
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly clientId: string;
  /** TLS, with the machine's certificate authorities unless `caFile` is given. @default no TLS */
  readonly tls?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
  };
  readonly sasl?: {
    readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
    readonly username: string;
    readonly password: string;
  };
}

/** Errors after which the broker refuses this producer's sequence numbers for good. */
const IDENTITY_ERRORS = new Set([
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "DUPLICATE_SEQUENCE_NUMBER",
  "UNKNOWN_PRODUCER_ID",
  "INVALID_PRODUCER_EPOCH",
]);

/**
 * Sends through kafkajs: acks from all in-sync replicas, idempotent.
 *
 * The only module that knows kafkajs, which has had no release since 2023. Its own retries are few and
 * short, so that an attempt always ends and {@link Delivery} decides; a topic is never made by sending.
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
      if ("type" in cause && IDENTITY_ERRORS.has(String(cause.type))) return true;
    }
    return false;
  }

  /** The producer, connected: its id is kept over reconnects, so that what is sent again is written once. */
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
      throw error;
    }
    this.#producer = producer;
    return producer;
  }
}

function createKafka(settings: KafkaSettings, log: Log): Kafka {
  const { brokers, clientId, tls, sasl } = settings;
  const readIfSet = (path: string | undefined) => (path ? readFileSync(path) : undefined);
  return new Kafka({
    brokers: [...brokers],
    clientId,
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
    ...(sasl && { sasl: sasl as SASLOptions }),
    logLevel: logLevel.INFO,
    // kafkajs logs each failed attempt as an error. Delivery says what matters of it, once.
    logCreator:
      () =>
      ({ namespace, log: { message } }) =>
        log.debug(`kafkajs ${namespace}: ${message}`),
  });
}
