/** Ten topics of different shapes become streams by `npm run declare`, two at a time, which Druid's task slots have room for. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { shapes } from "../../scripts/declare/testing/shapes";
import type { StackOutputs } from "../../verify/outputs";
import { permitDeletion, takeBackPermission } from "../support/delete-data";
import { mustMake, sql, standUp, until, withKafkaClient, withService } from "../support/stack";
import { testStack } from "../support/test-stack";

const root = join(__dirname, "../..");
const topics = Object.keys(shapes);
const names = new Map(topics.map((topic, n) => [topic, `declared-${n}`]));
const fileOf = (topic: string) => join(root, "pipelines", `${names.get(topic)}.ts`);

let outputs: StackOutputs;

before(async () => {
  outputs = await standUp();
  await withKafkaClient(outputs, async (kafka) => {
    const admin = kafka.admin();
    const producer = kafka.producer();
    await Promise.all([admin.connect(), producer.connect()]);
    try {
      const all = topics.map((topic) => ({ topic, numPartitions: 1, replicationFactor: 1 }));
      await admin.createTopics({ waitForLeaders: true, topics: all });
      for (const [topic, messages] of Object.entries(shapes)) {
        await producer.send({ topic, messages: messages.map((message) => ({ ...message })) });
      }
    } finally {
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    }
  });
});

after(async () => {
  for (const topic of topics) rmSync(fileOf(topic), { force: true });
  await mustMake("up");
  takeBackPermission();
});

async function declare(topic: string): Promise<string> {
  const args = ["declare", "--topic", topic, "--name", names.get(topic) ?? ""];
  const env = { ...process.env, STACK: testStack };
  await promisify(execFile)("scripts/stack", args, { cwd: root, env, timeout: 120_000 });
  return readFileSync(fileOf(topic), "utf8");
}

for (let n = 0; n < topics.length; n += 2) {
  const pair = topics.slice(n, n + 2);
  test(`${pair.join(" and ")} come up from the files as they are written`, async () => {
    const texts = new Map<string, string>();
    for (const topic of pair) texts.set(topic, await declare(topic));
    await mustMake("up");
    for (const topic of pair) {
      const sent = shapes[topic]?.length;
      await withService(outputs, "druid", (url) =>
        until(`the rows of ${topic}`, async (say) => {
          const [row] = await sql(url, `SELECT COUNT(*) AS n FROM "${names.get(topic)}"`);
          say(`${row?.n} of ${sent} rows`);
          return row?.n === sent ? true : undefined;
        }),
      );
      assert.equal(readFileSync(fileOf(topic), "utf8"), texts.get(topic));
      rmSync(fileOf(topic));
    }
    permitDeletion(
      ...pair.flatMap((topic) => [`topic/${topic}`, `datasource/${names.get(topic)}`]),
    );
    await mustMake("up");
    takeBackPermission();
  });
}
