/** Events of the demo stream that are told apart by their marks, so that each can be counted in Druid. */
import assert from "node:assert/strict";
import { demo } from "../../pipelines/demo";
import { newRunId, probeId, probeMessage } from "../../verify/events";
import type { StackOutputs } from "../../verify/outputs";
import { sql, until, withKafkaClient, withService } from "../e2e/stack";

const PAUSE_MS = 200;

/** Sends marked events one after the other until `work` has ended; gives the marks of all that Kafka acknowledged. */
export async function sendingWhile(
  outputs: StackOutputs,
  work: () => Promise<void>,
): Promise<string[]> {
  const run = newRunId();
  const acknowledged: string[] = [];
  await withKafkaClient(outputs, async (kafka) => {
    // Idempotent: what kafkajs sends again after a lost answer is no second event.
    const producer = kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    let ended = false;
    const working = work().finally(() => {
      ended = true;
    });
    // It is awaited below; until then its failure is not to be taken for one that nobody sees.
    working.catch(() => {});
    try {
      for (let n = 0; !ended; n++) {
        const mark = probeId(run, n);
        await producer.send({ topic: demo.topic.name, messages: [probeMessage(demo, mark)] });
        acknowledged.push(mark);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    } finally {
      await working;
      await producer.disconnect();
    }
  });
  return acknowledged;
}

/** Waits for the events' rows, and asserts that each is there exactly once. */
export async function assertOnceInDruid(outputs: StackOutputs, marks: string[]): Promise<void> {
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
