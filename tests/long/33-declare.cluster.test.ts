/** Ten topics of different shapes become streams by `npm run declare`, and come up from the files as they are written. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { shapes } from "../../scripts/declare/testing/shapes";
import type { StackOutputs } from "../../verify/outputs";
import { EditedFile } from "../support/edited-file";
import { root } from "../support/own-stack";
import {
  mustMake,
  sql,
  standUp,
  testStack,
  until,
  withKafkaClient,
  withService,
} from "../support/stack";

interface Expected {
  /** The first and the last `__time`. Undefined: Kafka's own. */
  readonly times?: readonly [string, string];
  /** A field, and all its values. */
  readonly field: string;
  readonly values: readonly string[];
}

const halfMinute = ["2026-03-01T10:00:00.000Z", "2026-03-01T10:00:34.500Z"] as const;
const each = (value: (n: number) => string) =>
  Array.from({ length: 24 }, (_, n) => value(n)).sort();
const expected: Readonly<Record<string, Expected>> = {
  "repository.events": { times: halfMinute, field: "actor_login", values: ["ada", "joe", "lin"] },
  "wiki-edits": {
    times: ["2026-03-01T10:00:00.000Z", "2026-03-01T10:00:34.000Z"],
    field: "bot",
    values: ["false", "true"],
  },
  Taxi_Trips: {
    times: ["2026-03-01T10:00:00.000Z", "2026-03-01T10:23:00.000Z"],
    field: "passenger_count",
    values: ["1", "2", "3", "4", "null"],
  },
  clicks: {
    field: "kafka_key",
    values: ["session-0", "session-1", "session-2", "session-3"],
  },
  sensors: {
    times: halfMinute,
    field: "readings_temperature",
    values: each((n) => String(20.5 + n / 10)),
  },
  orders_lines: { times: halfMinute, field: "items_sku", values: ["A-1", "B-0", "B-1"] },
  trades: {
    times: halfMinute,
    field: "price",
    values: each((n) => `${100 + n}.1000`),
  },
  access_log: {
    times: ["2026-03-01T10:00:00.000Z", "2026-03-01T10:00:23.000Z"],
    field: "request_time",
    values: each((n) => `0.01${n}`),
  },
  weather: { times: halfMinute, field: "column_5", values: ["light rain, wind"] },
  "shop.public.customers": { times: halfMinute, field: "op", values: ["c", "d", "u"] },
};
const topics = Object.keys(shapes);
const nameOf = (topic: string) => `declared-${topics.indexOf(topic)}`;
const fileOf = (topic: string) => join(root, "pipelines", `${nameOf(topic)}.ts`);
const written = new Map<string, string>();
const values = new EditedFile("charts-values/druid.local.yaml");

let outputs: StackOutputs;

before(async () => {
  // Eleven streams are read by eleven tasks.
  values.write(
    values.original
      .replace("indexer:\n", "indexer:\n  workerCapacity: 22\n")
      .replace("maxHeap: 512m", "maxHeap: 768m")
      .replace("memory: 1280Mi", "memory: 1792Mi"),
  );
  outputs = await standUp();
  await withKafkaClient(outputs, async (kafka) => {
    const admin = kafka.admin();
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
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

/** The next test's `up` removes the streams with their data: see `standUp`. */
after(() => {
  for (const topic of topics) rmSync(fileOf(topic), { force: true });
  values.putBack();
});

test("each topic becomes a file", async () => {
  for (const topic of topics) {
    const args = ["declare", "--topic", topic, "--name", nameOf(topic)];
    const env = { ...process.env, STACK: testStack };
    await promisify(execFile)("scripts/stack", args, { cwd: root, env, timeout: 120_000 });
    written.set(topic, readFileSync(fileOf(topic), "utf8"));
  }
});

test("the files come up without an edit", async () => {
  await mustMake("up");
  for (const topic of topics) assert.equal(readFileSync(fileOf(topic), "utf8"), written.get(topic));
});

for (const topic of topics) {
  test(`the rows of ${topic} are its messages`, async () => {
    const { times, field, values: all } = expected[topic] ?? assert.fail(topic);
    const sent = shapes[topic]?.length;
    await withService(outputs, "druid", async (url) => {
      const table = `"${nameOf(topic)}"`;
      const found = await until(`the rows of ${topic}`, async (say) => {
        const query = `SELECT COUNT(*) AS n, MIN(__time) AS first, MAX(__time) AS last FROM ${table}`;
        const [row] = await sql(url, query);
        say(`${row?.n} of ${sent} rows`);
        return row?.n === sent ? row : undefined;
      });
      if (times) assert.deepEqual([found.first, found.last], times);
      const rows = await sql(url, `SELECT "${field}" AS v FROM ${table} GROUP BY 1`);
      assert.deepEqual(rows.map(({ v }) => String(v)).sort(), all);
    });
  });
}
