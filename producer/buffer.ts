/** A message that waits for Kafka. */
export interface Message {
  /** Kafka's message key: all messages of one key go to one partition, in order. */
  readonly key: string;
  readonly value: string;
}

/**
 * A queue of messages. Its size is limited, so that an outage of Kafka cannot use up the memory.
 *
 * When it is full, it refuses and counts new messages. A message that it has taken leaves it only by {@link remove}, after
 * Kafka has acknowledged it.
 */
export class MessageBuffer {
  #messages: Message[] = [];
  #head = 0;
  #refused = 0;
  #accepted = 0;
  #wake: (() => void) | undefined;

  /** @param capacity maximum number of messages in the buffer, including those in flight */
  constructor(readonly capacity: number) {}

  /** Number of messages in the buffer, including those in flight. */
  get size(): number {
    return this.#messages.length - this.#head;
  }

  /** Number of messages ever taken. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Number of messages ever refused because the buffer was full. */
  get refused(): number {
    return this.#refused;
  }

  /** Takes a message. If the buffer is full, it counts the message as refused and returns false. */
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

  /** The oldest messages, at most `limit`. They stay in the buffer. */
  peek(limit: number): readonly Message[] {
    return this.#messages.slice(this.#head, this.#head + limit);
  }

  /** Removes the `count` oldest messages, because Kafka has them. */
  remove(count: number): void {
    this.#head = Math.min(this.#head + count, this.#messages.length);
    // The array is copied only when half of it is removed messages, so that a removal costs O(1) per message.
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

  /** Makes {@link waitForMessages} return without a message, for a shutdown. */
  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
