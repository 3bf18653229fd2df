import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { guardChange, permitDeletion, takeBackPermission } from "../support/delete-data";
import { changes } from "../support/run-output";
import {
  endOffset,
  make,
  mustMake,
  readOutputs,
  sql,
  standUp,
  until,
  withKafkaClient,
  withService,
} from "../support/stack";

const root = join(__dirname, "../..");
const file = join(root, "pipelines", "orders.ts");

/** The file that docs/add-a-stream.md tells the reader to write. */
function documented(): string {
  const page = readFileSync(join(root, "docs", "add-a-stream.md"), "utf8");
  const block = /```ts\n([\s\S]*?)```/.exec(page)?.[1];
  assert.ok(block, "docs/add-a-stream.md has no TypeScript in it");
  return block;
}

before(async () => {
  assert.ok(!existsSync(file), `${file} is in the way: the test writes it`);
  await standUp();
  writeFileSync(file, documented());
});
after(() => {
  rmSync(file, { force: true });
  takeBackPermission();
});

const made = [
  "orders",
  "orders-chart-basket",
  "orders-chart-channels",
  "orders-chart-countries",
  "orders-dashboard",
  "orders-dataset",
  "orders-ingestion",
  "orders-topic",
];

test("one file adds a stream with topic, ingestion, dataset, charts and dashboard, and changes nothing of others", async () => {
  const run = await mustMake("up");
  assert.deepEqual(
    changes(run.output),
    [...made.map((name) => `+ ${name}`), guardChange],
    run.output,
  );
  const outputs = await readOutputs();
  assert.equal(outputs.pipelines.orders?.dashboard, "orders");
  assert.equal(Object.keys(outputs.pipelines.orders?.charts ?? {}).length, 3);
});

test("its events become rows", async () => {
  const outputs = await readOutputs();
  await withKafkaClient(outputs, async (kafka) => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const event = { at: new Date().toISOString(), country: "PT", channel: "web", amount: 41.5 };
    await producer.send({ topic: "orders", messages: [{ value: JSON.stringify(event) }] });
    await producer.disconnect();
  });
  const rows = await withService(outputs, "druid", (url) =>
    until("the order in Druid", async (say) => {
      const query = `SELECT country, channel, amount FROM "orders"`;
      const found = await sql(url, query).catch((error: Error) => {
        say(error.message);
        return [];
      });
      return found.length > 0 ? found : undefined;
    }),
  );
  assert.deepEqual(rows, [{ country: "PT", channel: "web", amount: 41.5 }]);
});

test("under another name, with topic, datasource and dashboard kept, it loses no message and no row", async () => {
  const kept = 'topic: { name: "orders" }, ingestion: { datasource: "orders" },';
  const renamed = documented()
    .replace('name: "orders",', `name: "sales", ${kept}`)
    .replace("dashboard: {", 'dashboard: { slug: "orders",');
  writeFileSync(file, renamed);
  const run = await mustMake("up");
  for (const object of ["topic", "supervisor"]) {
    assert.match(run.output, new RegExp(`${object} orders stays: another resource`));
  }
  const outputs = await readOutputs();
  assert.equal(outputs.pipelines.sales?.dashboard, "orders");
  assert.equal(await endOffset(outputs, "orders"), 1);
  const rows = await withService(outputs, "druid", (url) =>
    sql(url, 'SELECT COUNT(*) AS n FROM "orders"'),
  );
  assert.deepEqual(rows, [{ n: 1 }]);
  await mustMake("verify");
  assert.match((await mustMake("refresh")).output, /^ +\d+ unchanged$/m);
});

test("without the file preview and up are refused, with the counts, before anything is changed", async () => {
  rmSync(file);
  for (const target of ["preview", "up"]) {
    const run = await make(target);
    assert.notEqual(run.exitCode, 0, run.output);
    assert.match(
      run.output,
      /no stream declares topic orders \(1 message\), datasource orders \(1 row\) any more.*deleteData topic\/orders,datasource\/orders/,
    );
    assert.deepEqual(changes(run.output), [], run.output);
  }
});

test("with permission the stream goes, and nothing else", async () => {
  permitDeletion("topic/orders", "datasource/orders");
  const run = await make("up");
  assert.equal(run.exitCode, 0, run.output);
  assert.deepEqual(
    changes(run.output),
    [...made.map((name) => `- ${name.replace("orders", "sales")}`), guardChange],
    run.output,
  );
  const outputs = await readOutputs();
  assert.deepEqual(Object.keys(outputs.pipelines), ["demo"]);
  const topics = await withKafkaClient(outputs, async (kafka) => {
    const admin = kafka.admin();
    await admin.connect();
    try {
      return await admin.listTopics();
    } finally {
      await admin.disconnect();
    }
  });
  assert.ok(topics.includes("demo") && !topics.includes("orders"), topics.join(", "));
});

test("a permission that was left behind is refused once a stream has the name again", async () => {
  writeFileSync(file, documented());
  const preview = await make("preview");
  assert.notEqual(preview.exitCode, 0, preview.output);
  assert.match(preview.output, /topic\/orders, datasource\/orders: a stream declares that/);
});
