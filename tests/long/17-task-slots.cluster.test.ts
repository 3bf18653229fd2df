/** A stream that takes the task slots of one that is removed in the same run. */
import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { values } from "../../components/testing";
import type { StackOutputs } from "../../verify/outputs";
import { supervisors, topics } from "../support/inventory";
import { root } from "../support/own-stack";
import { mustMake, standUp } from "../support/stack";

const file = join(root, "pipelines", "wide.ts");
const { workerCapacity, replicaCount } = values("local").druid.indexer;
/** Beside the demo's task there is room for one such stream, not for two. */
const taskCount = workerCapacity * replicaCount - 1;

function writeStream(name: string): void {
  writeFileSync(
    file,
    `import { count, defineStream, timestamp } from "./declare";

export const wide = defineStream({
  name: "${name}",
  event: { at: timestamp() },
  metrics: { rows: count() },
  topic: { partitions: ${taskCount} },
  ingestion: { taskCount: ${taskCount} },
});
`,
  );
}

let outputs: StackOutputs;
before(async () => {
  assert.ok(!existsSync(file), `${file} is in the way: the test writes it`);
  outputs = await standUp();
});
after(() => rmSync(file, { force: true }));

test("a stream that needs all slots of a removed one starts in the run that removes it", async () => {
  writeStream("wide-first");
  await mustMake("up");
  writeStream("wide-second");
  await mustMake("up");
  assert.deepEqual(await supervisors(outputs), ["demo", "wide-second"]);
  assert.deepEqual(await topics(outputs), ["demo", "wide-second"]);
});

test("without data it goes without a permission", async () => {
  rmSync(file);
  await mustMake("up");
  assert.deepEqual(await supervisors(outputs), ["demo"]);
});
