import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { listChanges, permitDeletion, takeBackPermission } from "../support/delete-data";
import { changes } from "../support/run-output";
import {
  endOffset,
  make,
  mustMake,
  readOutputs,
  sql,
  standUp,
  testStack,
  until,
  withKafkaClient,
  withService,
} from "../support/stack";

const root = join(__dirname, "../..");
const file = join(root, "pipelines", "orders.ts");

/** The file that docs/add-a-stream.md tells the reader to write, and the producer that it adds to it. */
function documented(): { stream: string; producer: string } {
  const page = readFileSync(join(root, "docs", "add-a-stream.md"), "utf8");
  const [stream, producer] = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block);
  assert.ok(stream && producer, "docs/add-a-stream.md has not both blocks of TypeScript");
  return { stream, producer };
}

/** The same under another name, with topic, datasource and dashboard kept. */
function renamed(): string {
  const kept = 'topic: { name: "orders" }, ingestion: { datasource: "orders" },';
  return documented()
    .stream.replace('name: "orders",', `name: "sales", ${kept}`)
    .replace("dashboard: {", 'dashboard: { slug: "orders",');
}

/** Rows of the datasource by country. */
async function rowsByCountry(): Promise<Record<string, number>> {
  const query = 'SELECT country, COUNT(*) AS n FROM "orders" GROUP BY country';
  const rows = await withService(await readOutputs(), "druid", (url) => sql(url, query));
  return Object.fromEntries(rows.map(({ country, n }) => [String(country), Number(n)]));
}

before(async () => {
  assert.ok(!existsSync(file), `${file} is in the way: the test writes it`);
  await standUp();
  writeFileSync(file, documented().stream);
});
after(() => {
  rmSync(file, { force: true });
  takeBackPermission();
});

const made = {
  stream: [
    "orders",
    "orders-chart-basket",
    "orders-chart-channels",
    "orders-chart-countries",
    "orders-dashboard",
    "orders-dataset",
    "orders-druid-access",
    "orders-ingestion",
    "orders-topic",
  ],
  producer: ["+ producer-sales-deployment", "+ producer-sales-stream", "+ sales-producer-access"],
};

test("one file adds a stream with topic, ingestion, dataset, charts and dashboard, and changes nothing of others", async () => {
  const run = await mustMake("up");
  assert.deepEqual(
    changes(run.output),
    [...made.stream.map((name) => `+ ${name}`), ...listChanges].sort(),
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
  writeFileSync(file, renamed());
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

test("with a producer the stack sends its events, and changes nothing else", async () => {
  writeFileSync(
    file,
    renamed().replace("  dashboard: {", `${documented().producer}  dashboard: {`),
  );
  const run = await mustMake("up");
  assert.deepEqual(changes(run.output), made.producer, run.output);
  await until("rows of each of its countries", async (say) => {
    const found = await rowsByCountry();
    say(JSON.stringify(found));
    return ["BR", "DE", "PT"].every((country) => country in found) || undefined;
  });
  await mustMake("verify");
});

test("npm run produce sends as many of its events as it is told, from this machine", async () => {
  const outputs = await readOutputs();
  const before = await endOffset(outputs, "orders");
  const options = ["--stream", "sales", "--rate", "200", "--count", "500"];
  const { stdout } = await promisify(execFile)(
    "npm",
    ["run", "--silent", "produce", "--", ...options, "--log-level", "info"],
    { cwd: root, env: { ...process.env, STACK: testStack }, maxBuffer: 16 * 2 ** 20 },
  );
  assert.match(stdout, /^500 messages acknowledged by Kafka, 0 not, 0 refused for a full buffer$/m);
  assert.ok((await endOffset(outputs, "orders")) >= before + 500);
  await until("a row for each message", async (say) => {
    const rows = Object.values(await rowsByCountry()).reduce((sum, one) => sum + one, 0);
    say(`${rows} rows`);
    return rows >= before + 500 ? true : undefined;
  });
});

test("without the file preview and up are refused, with the counts, and nothing is changed", async () => {
  rmSync(file);
  for (const target of ["preview", "up"]) {
    const run = await make(target);
    assert.notEqual(run.exitCode, 0, run.output);
    assert.match(
      run.output,
      /no stream declares topic orders \([\d,]+ messages\), datasource orders \([\d,]+ rows\) any more.*deleteData topic\/orders,datasource\/orders/,
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
    [
      ...made.producer.map((change) => change.replace("+", "-")),
      ...made.stream.map((name) => `- ${name.replace("orders", "sales")}`),
      ...listChanges,
    ].sort(),
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
  writeFileSync(file, documented().stream);
  const preview = await make("preview");
  assert.notEqual(preview.exitCode, 0, preview.output);
  assert.match(preview.output, /topic\/orders, datasource\/orders: a stream declares that/);
});
