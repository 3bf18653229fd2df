import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { permitDeletion, takeBackPermission } from "../support/delete-data";
import { formCases } from "../support/odd-forms";
import {
  make,
  mustMake,
  readOutputs,
  sql,
  standUp,
  until,
  withKafkaClient,
  withService,
} from "../support/stack";

const file = join(__dirname, "../../pipelines/odd-forms.ts");
/** As many as the stack has task slots for, beside the demo's. */
const cases = formCases.filter(({ stream }) => stream.name !== "tabs");
const names = cases.map(({ stream }) => stream.name);
const declared = (exported: readonly string[]) =>
  `export { ${exported.join(", ")} } from "./testing/forms";\n`;

before(async () => {
  assert.ok(!existsSync(file), `${file} is in the way: the test writes it`);
  await standUp();
});
after(() => {
  rmSync(file, { force: true });
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

test("the streams go with permission", async () => {
  rmSync(file);
  permitDeletion(...names.flatMap((name) => [`topic/${name}`, `datasource/${name}`]));
  await mustMake("up");
  assert.deepEqual(Object.keys((await readOutputs()).pipelines), ["demo"]);
});
