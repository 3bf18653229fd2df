import type { Transport } from "../delivery";

/** A Kafka in memory that can be down, slow or faulty. */
export class FakeTransport implements Transport {
  readonly received: string[] = [];
  readonly groups: { key: string; values: readonly string[] }[] = [];
  attempts = 0;
  resets = 0;
  down = false;
  /** Attempts never end. */
  hanging = false;
  /** The errors of the next sends, in their order. */
  readonly errors: Error[] = [];

  async connect(): Promise<void> {
    await this.#attempt();
  }

  async send(key: string, values: readonly string[]): Promise<void> {
    await this.#attempt();
    const error = this.errors.shift();
    if (error) throw error;
    this.groups.push({ key, values });
    this.received.push(...values);
  }

  async reset(): Promise<void> {
    this.resets += 1;
  }

  needsReset(error: unknown): boolean {
    return error instanceof Error && error.message === "fenced";
  }

  async #attempt(): Promise<void> {
    this.attempts += 1;
    if (this.hanging) await new Promise(() => {});
    if (this.down) throw new Error("connect ECONNREFUSED");
  }
}
