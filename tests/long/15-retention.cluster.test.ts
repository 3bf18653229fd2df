import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { z } from "zod";
import type { StackOutputs } from "../../verify/outputs";
import { permitDeletion, takeBackPermission } from "../support/delete-data";
import { askDruid, root } from "../support/own-stack";
import { mustMake, sql, standUp, until, withKafkaClient, withService } from "../support/stack";

const file = join(root, "pipelines", "readings.ts");
let outputs: StackOutputs;

before(async () => {
  assert.ok(!existsSync(file), `${file} is in the way: the test writes it`);
  outputs = await standUp();
});
after(() => {
  rmSync(file, { force: true });
  takeBackPermission();
});

const stream = `import { count, defineStream, dimension, measure, timestamp } from "./declare";

export const readings = defineStream({
  name: "readings",
  event: { at: timestamp(), sensor: dimension.string(), value: measure.number() },
  metrics: { rows: count() },
  topic: { retentionMs: 3_600_000 },
  ingestion: {
    retention: "P1D",
    compaction: { skipOffsetFromLatest: "PT0S" },
  },
});
`;

async function sendReadings(sensor: string, at: number, events: number): Promise<void> {
  await withKafkaClient(outputs, async (kafka) => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const value = JSON.stringify({ at, sensor, value: 1 });
    await producer.send({
      topic: "readings",
      acks: -1,
      messages: Array.from({ length: events }, () => ({ value })),
    });
    await producer.disconnect();
  });
}

/** Makes the tasks publish what they have read, as they do every hour. */
async function publish(url: string): Promise<void> {
  const path = "/druid/indexer/v1/supervisor/readings/taskGroups/handoff";
  await askDruid(url, path, "POST", { taskGroupIds: [0] });
}

/** Number of rows by sensor; empty if the table doesn't exist yet. */
async function readings(url: string, say: (state: string) => void) {
  const query = 'SELECT sensor, COUNT(*) AS n FROM "readings" GROUP BY 1 ORDER BY 1';
  const found = await sql(url, query).catch((error: Error) => [{ sensor: error.message, n: 0 }]);
  const text = found.map((row) => `${row.sensor} ${row.n}`).join(", ");
  say(text);
  return text;
}

const day = 86_400_000;
const rules = "/druid/coordinator/v1/rules/readings";
const compaction = "/druid/coordinator/v1/config/compaction/readings";
const tasks = z.array(z.object({ id: z.string(), type: z.string(), statusCode: z.string() }));

test("a stream keeps rows as long as it says, and has its segments merged", async () => {
  writeFileSync(file, stream);
  await mustMake("up");
  const now = Date.now();
  await sendReadings("old", now - 3 * day, 7);
  await sendReadings("recent", now - day / 2, 5);
  await withService(outputs, "druid", async (url) => {
    await until(
      "all rows, before they are published",
      async (say) => (await readings(url, say)) === "old 7, recent 5" || undefined,
    );
    await publish(url);
    await until(
      "the old rows gone once they are published",
      async (say) => (await readings(url, say)) === "recent 5" || undefined,
    );
    // A second segment of the same hour.
    await sendReadings("recent", now - day / 2, 5);
    await until(
      "the rows of the second segment",
      async (say) => (await readings(url, say)) === "recent 10" || undefined,
    );
    await publish(url);
    await until("a compaction task that succeeded", async (say) => {
      // The coordinator does this every half hour; the test asks for it at once.
      await askDruid(url, "/druid/coordinator/v1/compaction/compact", "POST");
      const path = "/druid/indexer/v1/tasks?datasource=readings&type=compact";
      const found = tasks.parse(await askDruid(url, path));
      say(JSON.stringify(found));
      assert.ok(!found.some((task) => task.statusCode === "FAILED"), JSON.stringify(found));
      return found.some((task) => task.statusCode === "SUCCESS") || undefined;
    });
    await until(
      "the same rows after it",
      async (say) => (await readings(url, say)) === "recent 10" || undefined,
    );
  });
});

test("without the stream, rules and compaction of its datasource go too", async () => {
  rmSync(file);
  permitDeletion("topic/readings", "datasource/readings");
  await mustMake("up");
  await withService(outputs, "druid", async (url) => {
    assert.deepEqual(await askDruid(url, rules), []);
    assert.equal(await askDruid(url, compaction), undefined);
  });
});
