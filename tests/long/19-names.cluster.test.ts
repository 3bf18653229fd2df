/**
 * Names of fields and metrics that SQL, JSON or a template could take for something else: each is declared, ingested, and
 * read through a chart of Superset.
 */
import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openSession } from "../../resources/superset/api";
import { chartData, hasData, loadChart } from "../../verify/chart";
import type { StackOutputs } from "../../verify/outputs";
import { permitDeletion, takeBackPermission } from "../support/delete-data";
import { root } from "../support/own-stack";
import {
  mustMake,
  readOutputs,
  standUp,
  until,
  withKafkaClient,
  withService,
} from "../support/stack";

const hardNames = [
  "select",
  "order",
  "count",
  "user",
  "value",
  "timestamp",
  "timestamp_",
  "null",
  "Case",
  "cASE",
  "1st",
  "2026",
  "-",
  "a.b",
  "a b",
  "a,b",
  "a'b",
  "a`b",
  "a:b",
  ":bind",
  "a%b",
  "%(name)s",
  "a/b",
  "a;--",
  "a?b",
  "a[0]",
  "$.a",
  "{{ a }}",
  "{% a %}",
  "größe",
  "日本語",
  "🙂",
  "constructor",
  "x".repeat(128),
];
const nameOf = (index: number, kind: "dimension" | "measure") =>
  kind === "dimension" ? (hardNames[index] ?? "") : `${hardNames[index]}`.slice(0, 127).concat("#");

const file = join(root, "pipelines", "names.ts");
let outputs: StackOutputs;
before(async () => {
  assert.ok(!existsSync(file), `${file} is in the way: the test writes it`);
  await standUp();
  writeStream();
  await mustMake("up");
  outputs = await readOutputs();
  await sendOne();
});
after(() => {
  rmSync(file, { force: true });
  takeBackPermission();
});

/** For each name a dimension, and a measure and its sum with a # more; a pie of these two. */
function writeStream(): void {
  const entries = (kind: "dimension" | "measure", value: (name: string) => string) =>
    hardNames.map((_, i) => `[${JSON.stringify(nameOf(i, kind))}]: ${value(nameOf(i, kind))},`);
  const charts = hardNames.map((_, i) => {
    const [metric, dimension] = [nameOf(i, "measure"), nameOf(i, "dimension")];
    const chart = { key: `c${i}`, kind: "pie", title: `Chart ${i}`, metric, dimension, width: 4 };
    return `[${JSON.stringify(chart)}],`;
  });
  writeFileSync(
    file,
    `import { defineStream, dimension, measure, sum, timestamp } from "./declare";

const event = {
  at: timestamp(),
  ${entries("dimension", () => "dimension.string()").join("\n  ")}
  ${entries("measure", () => "measure.integer()").join("\n  ")}
};
export const names = defineStream({
  name: "names",
  event,
  metrics: {
    ${entries("measure", (name) => `sum(${JSON.stringify(name)})`).join("\n    ")}
  },
  dashboard: { title: "Names", rows: [
    ${charts.join("\n    ")}
  ] },
});
`,
  );
}

async function sendOne(): Promise<void> {
  const event: Record<string, unknown> = { at: Date.now() };
  for (const i of hardNames.keys()) {
    event[nameOf(i, "dimension")] = `d${i}`;
    event[nameOf(i, "measure")] = i + 1;
  }
  await withKafkaClient(outputs, async (kafka) => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({
      topic: "names",
      acks: -1,
      messages: [{ value: JSON.stringify(event) }],
    });
    await producer.disconnect();
  });
}

for (const [i, name] of hardNames.entries()) {
  test(`the chart of ${name.slice(0, 20)} shows its value`, async () => {
    const id = outputs.pipelines.names?.charts[`c${i}`];
    assert.ok(id !== undefined);
    const rows = await withService(outputs, "superset", async (url) => {
      const session = await openSession(url, {
        username: outputs.supersetUsername,
        password: outputs.supersetPassword,
      });
      const chart = await loadChart(session, id);
      return until(
        "its data",
        async () => {
          const found = await chartData(session, chart, "probe_id");
          return hasData(found) ? found : undefined;
        },
        60_000,
      );
    });
    assert.deepEqual(rows, [{ [nameOf(i, "dimension")]: `d${i}`, [nameOf(i, "measure")]: i + 1 }]);
  });
}

test("the stream is as it was declared: a refresh sees no drift", async () => {
  assert.match((await mustMake("refresh")).output, /^ +\d+ unchanged$/m);
  rmSync(file);
  permitDeletion("topic/names", "datasource/names");
  await mustMake("up");
});
