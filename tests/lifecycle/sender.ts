import { randomUUID } from "node:crypto";
import type { StackOutputs } from "../../verify/outputs";
import { withKafkaClient } from "../e2e/stack";

/**
 * Sends numbered events to the topic `demo`, one after the other, each acknowledged by all replicas and tried until it is: as
 * a client that may lose nothing does it. Its own retries cannot double an event, for it is idempotent.
 */
export class Sender {
  /** The `probe_id` of its events; `data_id` is the number. */
  readonly mark = `sender-${randomUUID()}`;
  /** Numbers that Kafka acknowledged. */
  readonly acknowledged: number[] = [];
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  start(outputs: StackOutputs): void {
    this.running = withKafkaClient(outputs, async (kafka) => {
      const retry = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 200 };
      const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, retry });
      await producer.connect();
      for (let number = 0; !this.stopped; number += 1) {
        const event = { timestamp: Date.now(), name: "BTC", data_id: number, probe_id: this.mark };
        await producer.send({
          topic: "demo",
          acks: -1,
          messages: [{ key: "BTC", value: JSON.stringify(event) }],
        });
        this.acknowledged.push(number);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await producer.disconnect();
    });
    // It is awaited in `stop`, and must not end the process before.
    this.running.catch(() => undefined);
  }

  /** @throws Error of the send that failed for good */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }
}
