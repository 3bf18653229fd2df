import type { Message, MessageBuffer } from "./buffer";
import type { Log } from "./log";
import { pause } from "./schedule";

/** Sends messages to Kafka. {@link KafkaTransport} is the implementation; tests have a fake. */
export interface Transport {
  /** Connects, if it isn't connected. */
  connect(): Promise<void>;
  /** Sends messages of one key and resolves when all in-sync replicas have them. */
  send(key: string, values: readonly string[]): Promise<void>;
  /** Drops the connection and the producer's identity. The next call makes new ones. */
  reset(): Promise<void>;
  /** Whether sending again under the same identity cannot succeed. */
  needsReset(error: unknown): boolean;
}

export interface DeliveryOptions {
  /** Maximum number of messages in one round of sends. */
  readonly batchMessages: number;
  /** An attempt that has not ended after so many ms is given up, and the transport is reset. */
  readonly attemptTimeoutMs: number;
  /** Pause after the first failed attempt. Each further failure doubles it, up to `maxBackoffMs`. Default: 250. */
  readonly minBackoffMs?: number;
  /** Default: 5000. */
  readonly maxBackoffMs?: number;
}

/** Failures are logged when they begin, when they end, and this often in between. */
const reminderMs = 10_000;

class AttemptTimeout extends Error {}

/**
 * Sends the messages of a buffer to Kafka, and repeats each send until Kafka acknowledges it.
 *
 * One send is in flight at a time, with messages of one key and so of one partition. kafkajs gives the sequence numbers of
 * a failed send to the next send, and counts them per broker. If two sends were in flight, or one had several partitions,
 * the broker could take one message for another after a lost acknowledgement or a change of the leader. A group that is
 * sent again with the same sequence numbers is written once.
 */
export class Delivery {
  #acknowledged = 0;
  #connected = false;
  #failures = 0;
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

  /** Number of messages that Kafka has acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Number of messages that the buffer has taken and Kafka has not acknowledged yet. */
  get unacknowledged(): number {
    return this.buffer.accepted - this.#acknowledged;
  }

  /** Number of attempts to connect or to send that failed. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether the last attempt reached Kafka. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Ms since an attempt last succeeded or failed; 0 if there is nothing to send. */
  get stalledMs(): number {
    const idle = this.#connected && this.buffer.size === 0;
    return idle ? 0 : performance.now() - this.#lastSettled;
  }

  start(): void {
    this.#finished ??= this.#run();
  }

  /**
   * Sends the remaining messages and ends.
   *
   * @param timeoutMs limit. Messages that Kafka has not acknowledged by then are counted in {@link unacknowledged}.
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

  /** Repeats an attempt until it succeeds, and returns true; false if the time of a shutdown is over first. */
  async #persist(task: string, attempt: () => Promise<void>): Promise<boolean> {
    let backoff = this.options.minBackoffMs ?? 250;
    while (!this.#abandon.signal.aborted) {
      try {
        if (!(await this.#bounded(attempt))) return false;
        this.#recovered();
        return true;
      } catch (error) {
        await this.#failed(task, error);
        // Without messages to send, a shutdown needn't wait for the connection.
        if (this.#stopping && this.buffer.size === 0) return false;
        await pause(backoff, this.#abandon.signal);
        backoff = Math.min(backoff * 2, this.options.maxBackoffMs ?? 5_000);
      }
    }
    return false;
  }

  /** Runs one attempt within its time limit; false if the time of a shutdown is over first. */
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
    this.#failures += 1;
    this.#failingSince ??= now;
    if (this.#lastReminder === 0 || now - this.#lastReminder >= reminderMs) {
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
