/** Events of the demo stream with marks, so that each can be counted in Druid. */
import assert from "node:assert/strict";
import type { Kafka } from "kafkajs";
import { discoverStreams } from "../../pipelines";
import type { Stream } from "../../pipelines/declare/stream";
import type { KafkaConnection } from "../../resources/connection";
import { newRunId, probeId, probeMessage } from "../../verify/events";
import type { StackOutputs } from "../../verify/outputs";
import { sql, until, withKafkaClient, withService } from "./stack";

/**
 * Sends marked events one after the other, as a client that must not lose any: it repeats each event until all in-sync
 * replicas have acknowledged it, for about 200 s. It is idempotent, so that a repeated event is not doubled.
 */
export class Sender {
  /** The marks of all events that Kafka acknowledged. */
  readonly acknowledged: string[] = [];
  /** The longest time from one acknowledgement to the next, in ms. */
  longestGapMs = 0;
  private readonly run = newRunId();
  private readonly running: Promise<void>;
  private stopped = false;
  private failed = false;

  private constructor(
    outputs: StackOutputs,
    private readonly perSecond: number,
    connection?: KafkaConnection,
  ) {
    this.running = withKafkaClient(outputs, (kafka) => this.send(kafka), connection);
    // `stop` awaits this promise. Until then a rejection must not end the process.
    this.running.catch(() => {
      this.failed = true;
    });
  }

  /**
   * Returns a sender whose first event is acknowledged, or which has failed; `stop` then throws the error.
   *
   * @param connection Default: as the stack's administrator
   */
  static async start(
    outputs: StackOutputs,
    perSecond: number,
    connection?: KafkaConnection,
  ): Promise<Sender> {
    const sender = new Sender(outputs, perSecond, connection);
    await until(
      "the first event's acknowledgement",
      async () => sender.acknowledged.length > 0 || sender.failed || undefined,
    );
    return sender;
  }

  /**
   * Ends when the event in flight is acknowledged. Returns all marks.
   *
   * @throws Error of the send that failed after all retries
   */
  async stop(): Promise<readonly string[]> {
    this.stopped = true;
    await this.running;
    return this.acknowledged;
  }

  private async send(kafka: Kafka): Promise<void> {
    const stream = demoStream();
    const producer = kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: true,
      maxInFlightRequests: 1,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 200 },
    });
    await producer.connect();
    try {
      let last = performance.now();
      for (let index = 0; !this.stopped; index += 1) {
        const mark = probeId(this.run, index);
        const messages = [probeMessage(stream, mark)];
        await producer.send({ topic: stream.topic.name, acks: -1, messages });
        this.acknowledged.push(mark);
        const now = performance.now();
        this.longestGapMs = Math.max(this.longestGapMs, Math.round(now - last));
        last = now;
        // This sets the rate; it doesn't wait for anything.
        await new Promise((resolve) => setTimeout(resolve, 1_000 / this.perSecond));
      }
    } finally {
      await producer.disconnect();
    }
  }
}

function demoStream(): Stream {
  const demo = discoverStreams().find(({ name }) => name === "demo");
  assert.ok(demo, "the tests send events of the stream demo, and pipelines/ has none");
  return demo;
}

/** Sends marked events until `work` has ended. Returns the marks of all that Kafka acknowledged. */
export async function sendingWhile(
  outputs: StackOutputs,
  work: () => Promise<void>,
  connection?: KafkaConnection,
): Promise<readonly string[]> {
  const sender = await Sender.start(outputs, 5, connection);
  try {
    await work();
  } finally {
    await sender.stop();
  }
  return sender.acknowledged;
}

/** Waits for the events' rows, and asserts that each exists exactly once. */
export async function assertOnceInDruid(
  outputs: StackOutputs,
  marks: readonly string[],
): Promise<void> {
  const runs = new Set(marks.map((mark) => mark.replace(/\d+$/, "")));
  const where = [...runs].map((run) => `probe_id LIKE '${run}%'`).join(" OR ");
  const query = `SELECT probe_id, COUNT(*) AS n FROM "demo" WHERE ${where} GROUP BY probe_id`;
  const rows = await withService(outputs, "druid", (url) =>
    until(`${marks.length} marked events in Druid`, async (say) => {
      const found = await sql(url, query);
      say(`${found.length} of them`);
      return found.length >= marks.length ? found : undefined;
    }),
  );
  assert.deepEqual(
    rows.map(({ probe_id, n }) => `${probe_id}: ${n}`).sort(),
    marks.map((mark) => `${mark}: 1`).sort(),
  );
}
