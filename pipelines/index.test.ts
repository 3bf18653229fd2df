import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { discover, discoverStreams } from ".";

/** A folder with a stream in each file, whose topics are given by name. */
function folderOf(context: TestContext, topics: Record<string, string>): string {
  const folder = mkdtempSync(join(__dirname, "discovery-"));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const [name, topic] of Object.entries(topics)) {
    writeFileSync(
      join(folder, `${name}.ts`),
      `import { defineStream, timestamp } from "../declare";
       export const stream = defineStream({
         name: "${name}", event: { at: timestamp() }, metrics: {}, topic: { name: "${topic}" },
       });`,
    );
  }
  return folder;
}

test("each file of the folder that exports a stream is a stream", (context) => {
  assert.deepEqual(
    discoverStreams(folderOf(context, { b: "one", a: "two" })).map((stream) => stream.name),
    ["a", "b"],
  );
});

/** Two streams each, which share a name or have two that a service takes for one. */
const refused: [topics: Record<string, string>, message: RegExp][] = [
  [{ a: "two", c: "two" }, /"a" and "c" both have the topic "two"/],
  [{ c: "c.1", d: "c_1" }, /"c" and "d" have the topics "c\.1" and "c_1", which are taken for one/],
  [{ "e-e": "five", e_e: "six" }, /have the names "e-e" and "e_e", which are taken for one/],
];

for (const [topics, message] of refused) {
  test(`refused: ${JSON.stringify(topics)}`, (context) => {
    assert.throws(() => discoverStreams(folderOf(context, topics)), message);
  });
}

const board = (name: string) =>
  `import { defineDashboard } from "../declare";
   export const board = defineDashboard({ name: "${name}", title: "Board", rows: [] });`;

test("a dashboard of several streams is found beside them, and takes no stream's name", (context) => {
  const folder = folderOf(context, { a: "one" });
  writeFileSync(join(folder, "z.ts"), board("board"));
  const { streams, dashboards } = discover(folder);
  assert.deepEqual(
    [streams, dashboards].map((all) => all.map(({ name }) => name)),
    [["a"], ["board"]],
  );
  const other = folderOf(context, { a: "one" });
  writeFileSync(join(other, "z.ts"), board("a"));
  assert.throws(() => discover(other), /stream and dashboard "a" and "a" both have the name "a"/);
});
