import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { discoverStreams } from ".";

test("each file of the folder that exports a stream is a stream", (context) => {
  const folder = mkdtempSync(join(__dirname, "discovery-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = (name: string, topic: string) =>
    writeFileSync(
      join(folder, `${name}.ts`),
      `import { defineStream, timestamp } from "../declare";
       export const stream = defineStream({
         name: "${name}", event: { at: timestamp() }, metrics: {}, topic: { name: "${topic}" },
       });`,
    );
  file("b", "one");
  file("a", "two");
  assert.deepEqual(
    discoverStreams(folder).map((stream) => stream.name),
    ["a", "b"],
  );
  file("c", "two");
  assert.throws(() => discoverStreams(folder), /"a" and "c" both have the topic "two"/);
  assert.ok(discoverStreams().some((stream) => stream.name === "demo"));
});
