import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chartOf, chooseInFilter, visitDashboard } from "../support/dashboard-browser";
import { permitDeletion, takeBackPermission } from "../support/delete-data";
import { formCases } from "../support/odd-forms";
import {
  artifacts,
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
const file = join(root, "pipelines", "odd-forms.ts");
const deliveries = join(root, "pipelines", "deliveries.ts");
/** As many as the stack has task slots for, beside the demo's. */
const cases = formCases.filter(({ stream }) => stream.name !== "tabs");
const names = cases.map(({ stream }) => stream.name);
const declared = (exported: readonly string[]) =>
  `export { ${exported.join(", ")} } from "./testing/forms";\n`;

before(async () => {
  for (const path of [file, deliveries])
    assert.ok(!existsSync(path), `${path} is in the way: the test writes it`);
  await standUp();
});
/** The next test's `up` removes the last stream with its data: see `standUp`. */
after(() => {
  rmSync(file, { force: true });
  rmSync(deliveries, { force: true });
  takeBackPermission();
});

test("a stream whose format needs an extension that the image lacks is refused in preview", async () => {
  writeFileSync(file, declared(["registered"]));
  const run = await make("preview");
  assert.notEqual(run.exitCode, 0, run.output);
  assert.match(
    run.output,
    /stream "registered": the format avro needs Druid's extension druid-avro-extensions, which the image built from packages does not have/,
  );
});

test("nested JSON, CSV, Kafka's own fields and sketches become the rows that are declared", async () => {
  writeFileSync(file, declared(names));
  await mustMake("up");
  const outputs = await readOutputs();
  await withKafkaClient(outputs, async (kafka) => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    for (const { stream, messages } of cases) {
      const sent = messages.map(({ headers, ...message }) => ({
        ...message,
        ...(headers && { headers: { ...headers } }),
      }));
      await producer.send({ topic: stream.topic.name, messages: sent });
    }
    await producer.disconnect();
  });
  await withService(outputs, "druid", async (url) => {
    for (const { stream, query, rows } of cases) {
      await until(`the rows of ${stream.name}`, async (say) => {
        const found = await sql(url, query).catch((error: Error) => error.message);
        say(JSON.stringify(found));
        return JSON.stringify(found) === JSON.stringify(rows) || undefined;
      });
    }
  });
});

test("verify sends marked events of each form, and tells malformed messages by their reason", async () => {
  const { output } = await mustMake("verify");
  for (const name of names) assert.match(output, new RegExp(`Stream ${name}: every link holds`));
  assert.match(output, /1 × no time that Druid reads as ruby in at/);
  assert.match(output, /1 × no time that Druid reads as dd\/MM\/yyyy HH:mm:ss in at/);
});

/** The message and the file of a section of docs/add-a-stream.md. */
function documented(): { message: string; stream: string } {
  const page = readFileSync(join(root, "docs", "add-a-stream.md"), "utf8");
  const [, section = ""] = page.split("\n## Nested JSON");
  const [, message] = /```json\n([\s\S]*?)\n```/.exec(section) ?? [];
  const [, stream] = /```ts\n([\s\S]*?)```/.exec(section) ?? [];
  assert.ok(message && stream, "docs/add-a-stream.md has not both blocks");
  return { message, stream };
}

test("the streams go with permission, and nested JSON comes as the documentation says", async () => {
  const { message, stream } = documented();
  rmSync(file);
  writeFileSync(deliveries, stream);
  permitDeletion(...names.flatMap((name) => [`topic/${name}`, `datasource/${name}`]));
  await mustMake("up");
  const outputs = await readOutputs();
  assert.deepEqual(Object.keys(outputs.pipelines).sort(), ["deliveries", "demo"]);
  await withKafkaClient(outputs, async (kafka) => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const headers = { source: "shop" };
    const elsewhere = message.replace('"PT"', '"BR"');
    const messages = [message, message, elsewhere].map((value) => ({ value, headers }));
    await producer.send({ topic: "deliveries", messages });
    await producer.disconnect();
  });
  const query = `SELECT TIMESTAMP_TO_MILLIS(__time) AS "time", "country", MV_TO_STRING("skus", ' and ') AS skus, "total", "worth",
    "source", COUNT(*) AS n FROM "deliveries" GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY "country"`;
  const row = {
    ...{
      time: Date.parse("2026-01-31T10:15:00.125Z"),
      country: "PT",
      skus: "a and b",
      total: "12.50",
    },
    ...{ worth: 10, source: "shop", n: 2 },
  };
  await withService(outputs, "druid", (url) =>
    until("the rows of deliveries", async (say) => {
      const found = await sql(url, query).catch((error: Error) => error.message);
      say(JSON.stringify(found));
      const expected = [{ ...row, country: "BR", n: 1 }, row];
      return JSON.stringify(found) === JSON.stringify(expected) || undefined;
    }),
  );
});

test("the filter of its dashboard filters all charts", async () => {
  const outputs = await readOutputs();
  const charts = ["Number of deliveries", "Deliveries by item", "Worth by source"];
  const view = await withService(outputs, "superset", (url) =>
    visitDashboard({
      url,
      username: outputs.supersetUsername,
      password: outputs.supersetPassword,
      slug: "deliveries",
      charts,
      screenshot: join(artifacts, "deliveries.png"),
      timeoutMs: 120_000,
      use: async (page) => {
        const number = chartOf(page, "Number of deliveries").locator(".header-line");
        await number.filter({ hasText: /^3$/ }).waitFor({ timeout: 30_000 });
        await chooseInFilter(page, "PT");
        await number.filter({ hasText: /^2$/ }).waitFor({ timeout: 30_000 });
        const worth = chartOf(page, "Worth by source");
        await worth.getByText(/€\s*20\.00/).waitFor({ timeout: 30_000 });
        await page.screenshot({ path: join(artifacts, "deliveries-filtered.png") });
      },
    }),
  );
  assert.deepEqual(
    view.charts.map(({ title, state }) => ({ title, state })),
    charts.map((title) => ({ title, state: "drawn" })),
  );
});
