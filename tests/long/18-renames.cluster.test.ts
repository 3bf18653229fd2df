/**
 * A stream's name, topic, datasource and dashboard, each renamed or kept: what keeps its name keeps its messages, rows and
 * path; what gets another one begins again, and the old one is gone. RENAMES=all tries all combinations, else all four at once:
 * 02-diff renames a topic and a datasource, and 13-second-stream a stream that keeps the others.
 */
import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import { permitDeletion, takeBackPermission } from "../support/delete-data";
import { assertNothingOrphaned } from "../support/inventory";
import { outOfBand } from "../support/out-of-band";
import { root } from "../support/own-stack";
import {
  endOffset,
  make,
  mustMake,
  sql,
  standUp,
  until,
  withKafkaClient,
  withService,
} from "../support/stack";

const parts = ["name", "topic", "datasource", "slug"] as const;
type Part = (typeof parts)[number];
type Names = Record<Part, string>;

/** All sets of parts, from none to all four. */
const all: Part[][] = Array.from({ length: 2 ** parts.length }, (_, number) =>
  parts.filter((_, index) => Math.floor(number / 2 ** index) % 2 === 1),
);
const combinations = process.env.RENAMES === "all" ? all : [[...parts]];

const file = join(root, "pipelines", "renamed.ts");
let outputs: StackOutputs;
let names: Names = { name: "moved-0", topic: "moved-0", datasource: "moved-0", slug: "moved-0" };
let messages = 0;
let rows = 0;

before(async () => {
  assert.ok(!existsSync(file), `${file} is in the way: the test writes it`);
  outputs = await standUp();
  writeStream();
  await mustMake("up");
  for (let i = 0; i < 3; i += 1) await sendOne();
});
after(() => {
  rmSync(file, { force: true });
  takeBackPermission();
});

function writeStream(): void {
  const { name, topic, datasource, slug } = names;
  writeFileSync(
    file,
    `import { count, defineStream, measure, timestamp } from "./declare";

export const renamed = defineStream({
  name: "${name}",
  event: { at: timestamp(), n: measure.integer() },
  metrics: { rows: count() },
  topic: { name: "${topic}" },
  ingestion: { datasource: "${datasource}" },
  dashboard: {
    title: "Renamed",
    slug: "${slug}",
    rows: [[{ key: "total", kind: "big-number", title: "All", metric: "rows", width: 4 }]],
  },
});
`,
  );
}

/** Sends an event, and waits until Druid has as many rows as it must have. */
async function sendOne(): Promise<void> {
  await withKafkaClient(outputs, async (kafka) => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const value = JSON.stringify({ at: Date.now(), n: messages });
    await producer.send({ topic: names.topic, acks: -1, messages: [{ value }] });
    await producer.disconnect();
  });
  messages += 1;
  rows += 1;
  assert.equal(await endOffset(outputs, names.topic), messages);
  const found = await withService(outputs, "druid", (url) =>
    until(`${rows} rows of ${names.datasource}`, async (say) => {
      const query = `SELECT COUNT(*) AS n FROM "${names.datasource}"`;
      const answer = await sql(url, query).catch((error: Error) => {
        say(error.message);
        return [];
      });
      const count = Number(answer[0]?.n ?? 0);
      say(`${count} rows`);
      return count >= rows ? count : undefined;
    }),
  );
  assert.equal(found, rows);
}

for (const [index, renamed] of combinations.entries()) {
  const what = renamed.length === 0 ? "nothing" : renamed.join(", ");
  test(`${what} renamed: what is kept has its data, what is new begins again, nothing else is left`, async () => {
    const before = names;
    const fresh = `moved-${index + 1}`;
    const is = (part: Part) => renamed.includes(part);
    names = { ...names, ...Object.fromEntries(renamed.map((part) => [part, fresh])) };
    takeBackPermission();
    writeStream();
    const lost = [
      ...(is("topic") ? [`topic/${before.topic}`] : []),
      ...(is("datasource") ? [`datasource/${before.datasource}`] : []),
    ];
    if (lost.length > 0) {
      const refused = await make("preview");
      assert.notEqual(refused.exitCode, 0, refused.output);
      if (is("topic")) assert.ok(refused.output.includes(`topic ${before.topic} (${messages} me`));
      const inDruid = `datasource ${before.datasource} (${rows} row`;
      if (is("datasource")) assert.ok(refused.output.includes(inDruid), refused.output);
      permitDeletion(...lost);
    }
    await mustMake("up");
    if (is("topic")) messages = 0;
    // A new datasource has what the topic still has.
    if (is("datasource")) rows = messages;
    await sendOne();
    await assertNothingOrphaned(outputs);
    await outOfBand(outputs, async ({ find }) => {
      assert.equal((await find("dashboard", "slug", names.slug)).length, 1);
      if (is("slug")) assert.deepEqual(await find("dashboard", "slug", before.slug), []);
    });
    assert.match((await mustMake("refresh")).output, /^ +\d+ unchanged$/m);
  });
}

test("with permission all of it goes", async () => {
  rmSync(file);
  permitDeletion(`topic/${names.topic}`, `datasource/${names.datasource}`);
  await mustMake("up");
  await assertNothingOrphaned(outputs);
});
