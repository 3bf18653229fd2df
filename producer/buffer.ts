/** A message as it waits for Kafka. */
export interface Message {
  /** Kafka's message key: all messages of one key go to one partition, in order. */
  readonly key: string;
  readonly value: string;
}

/**
 * A queue of messages, bounded so that an outage of Kafka cannot eat the machine's memory.
 *
 * When it is full it refuses what is new and keeps what it has: what it once took is only given up by
 * {@link remove}, after Kafka has acknowledged it. Refusals are counted.
 */
export class MessageBuffer {
  #messages: Message[] = [];
  #head = 0;
  #refused = 0;
  #accepted = 0;
  #wake: (() => void) | undefined;

  /** @param capacity the most messages that are held, those in flight among them */
  constructor(readonly capacity: number) {}

  /** Messages held, those in flight among them. */
  get size(): number {
    return this.#messages.length - this.#head;
  }

  /** Messages ever taken in. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Messages ever refused because the buffer was full. */
  get refused(): number {
    return this.#refused;
  }

  /** Takes a message in, or counts it as refused and returns false when the buffer is full. */
  offer(message: Message): boolean {
    if (this.size >= this.capacity) {
      this.#refused += 1;
      return false;
    }
    this.#messages.push(message);
    this.#accepted += 1;
    this.wake();
    return true;
  }

  /** The oldest messages, at most `limit` of them, which stay in the buffer. */
  peek(limit: number): readonly Message[] {
    return this.#messages.slice(this.#head, this.#head + limit);
  }

  /** Drops the `count` oldest messages: Kafka has them. */
  remove(count: number): void {
    this.#head = Math.min(this.#head + count, this.#messages.length);
    // Cut the spent front off only when it is half of the array, so that removal costs O(1) a message.
    if (this.#head * 2 >= this.#messages.length) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Resolves when the buffer holds a message, or {@link wake} is called. One waiter at a time. */
  async waitForMessages(): Promise<void> {
    if (this.size > 0) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Lets {@link waitForMessages} return although nothing came, for a shutdown. */
  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
