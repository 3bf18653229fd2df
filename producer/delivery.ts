import type { Message, MessageBuffer } from "./buffer";
import type { Log } from "./log";
import { pause } from "./schedule";

/** Brings messages to Kafka. {@link KafkaTransport} is the real one. */
export interface Transport {
  /** Connects when it isn't connected. */
  connect(): Promise<void>;
  /** Sends messages of one key and resolves when all in-sync replicas have them. */
  send(key: string, values: readonly string[]): Promise<void>;
  /** Gives the connection and the producer's identity up, to start afresh with the next call. */
  reset(): Promise<void>;
  /** True when sending again under the same identity cannot succeed. */
  needsReset(error: unknown): boolean;
}

export interface DeliveryOptions {
  /** Most messages of one round of sends. */
  readonly batchMessages: number;
  /** An attempt that has not settled after this many ms is given up and the transport reset. */
  readonly attemptTimeoutMs: number;
  /** Pause after the first failed attempt, doubled with each up to `maxBackoffMs`. @default 250 */
  readonly minBackoffMs?: number;
  /** @default 5000 */
  readonly maxBackoffMs?: number;
}

/** Failures are said when they begin, when they end, and this often between. */
const REMINDER_MS = 10_000;

class AttemptTimeout extends Error {}

/**
 * Takes messages from a buffer to Kafka, and tries each again until Kafka acknowledges it.
 *
 * One send is in flight at a time, and holds messages of one key, so of one partition: kafkajs gives a
 * failed send's sequence numbers to the next send, and its bookkeeping is per broker. With two sends at
 * once, or one over several partitions, a lost acknowledgement or a new leader can make the broker take
 * one message for another. The same group sent again under the same sequence numbers is written once.
 */
export class Delivery {
  #acknowledged = 0;
  #connected = false;
  #lastSettled = performance.now();
  #stopping = false;
  #failingSince: number | undefined;
  #lastReminder = 0;
  readonly #abandon = new AbortController();
  #finished: Promise<void> | undefined;

  constructor(
    private readonly buffer: MessageBuffer,
    private readonly transport: Transport,
    private readonly log: Log,
    private readonly options: DeliveryOptions,
  ) {}

  /** Messages that Kafka has acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Messages taken in and not acknowledged yet. */
  get unacknowledged(): number {
    return this.buffer.accepted - this.#acknowledged;
  }

  /** Whether the last attempt reached Kafka. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Ms since an attempt last ended, well or badly, or 0 when there is nothing to send. */
  get stalledMs(): number {
    const idle = this.#connected && this.buffer.size === 0;
    return idle ? 0 : performance.now() - this.#lastSettled;
  }

  start(): void {
    this.#finished ??= this.#run();
  }

  /**
   * Sends what is left and ends.
   *
   * @param timeoutMs bound; what Kafka has not acknowledged by then stays in {@link unacknowledged}
   */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopping = true;
    this.buffer.wake();
    const bound = setTimeout(() => this.#abandon.abort(), timeoutMs);
    await this.#finished;
    clearTimeout(bound);
  }

  async #run(): Promise<void> {
    await this.#persist("connect to Kafka", () => this.transport.connect());
    while (!this.#abandon.signal.aborted) {
      const batch = this.buffer.peek(this.options.batchMessages);
      if (batch.length === 0) {
        if (this.#stopping) return;
        await this.buffer.waitForMessages();
        this.#lastSettled = performance.now();
        continue;
      }
      for (const [key, values] of groupByKey(batch)) {
        const task = `send ${values.length} messages`;
        if (!(await this.#persist(task, () => this.transport.send(key, values)))) return;
        this.#acknowledged += values.length;
      }
      this.buffer.remove(batch.length);
    }
  }

  /** Repeats an attempt until it succeeds: true. False when the shutdown's time is over. */
  async #persist(task: string, attempt: () => Promise<void>): Promise<boolean> {
    let backoff = this.options.minBackoffMs ?? 250;
    while (!this.#abandon.signal.aborted) {
      try {
        if (!(await this.#bounded(attempt))) return false;
        this.#recovered();
        return true;
      } catch (error) {
        await this.#failed(task, error);
        // Nothing waits for a connection alone: don't hold a shutdown up for it.
        if (this.#stopping && this.buffer.size === 0) return false;
        await pause(backoff, this.#abandon.signal);
        backoff = Math.min(backoff * 2, this.options.maxBackoffMs ?? 5_000);
      }
    }
    return false;
  }

  /** Runs one attempt in its time: false when the shutdown's time ended first. */
  async #bounded(attempt: () => Promise<void>): Promise<boolean> {
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, this.#abandon.signal]);
    const { attemptTimeoutMs } = this.options;
    const timeout = pause(attemptTimeoutMs, signal).then(() => {
      if (!signal.aborted) throw new AttemptTimeout(`no answer within ${attemptTimeoutMs} ms`);
      return false;
    });
    try {
      return await Promise.race([attempt().then(() => true), timeout]);
    } finally {
      this.#lastSettled = performance.now();
      done.abort();
    }
  }

  #recovered(): void {
    this.#connected = true;
    if (this.#failingSince === undefined) return;
    const seconds = ((performance.now() - this.#failingSince) / 1000).toFixed(1);
    this.log.warn(`Kafka answers again after ${seconds} s; ${this.buffer.size} messages waited`);
    this.#failingSince = undefined;
  }

  async #failed(task: string, error: unknown): Promise<void> {
    const now = performance.now();
    this.#connected = false;
    this.#failingSince ??= now;
    if (this.#lastReminder === 0 || now - this.#lastReminder >= REMINDER_MS) {
      this.#lastReminder = now;
      const reason = error instanceof Error ? error.message : String(error);
      const held = `${this.buffer.size} of at most ${this.buffer.capacity} messages are kept`;
      this.log.warn(`could not ${task}: ${reason}; trying again, ${held}`);
    }
    if (error instanceof AttemptTimeout || this.transport.needsReset(error)) {
      this.log.warn("starting afresh with a new producer id: the last send may be written twice");
      await this.#reset();
    }
  }

  async #reset(): Promise<void> {
    try {
      await this.#bounded(() => this.transport.reset());
    } catch (error) {
      this.log.debug(`closing the old connection: ${error}`);
    }
  }
}

function groupByKey(messages: readonly Message[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { key, value } of messages) {
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}
