/** A DAG file that Airflow can't import fails `up`, and the DAGs that run go on. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import { endOffset, make, mustMake, standUp, until } from "../support/stack";

const brokenDag = join(__dirname, "../../airflow/dags/broken_by_a_test.py");
let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
  await mustMake("up", { PRODUCER: "airflow" });
});
after(async () => {
  rmSync(brokenDag, { force: true });
  await mustMake("up", { PRODUCER: "standalone" });
});

test("a broken DAG file fails up with Airflow's import error, and what runs goes on", async () => {
  writeFileSync(
    brokenDag,
    "from airflow.sdk import dag\nfrom no_such_module_of_a_test import nothing\n",
  );
  try {
    const run = await make("up");
    assert.notEqual(run.exitCode, 0, run.output);
    assert.match(run.output, /broken_by_a_test\.py/);
    assert.match(run.output, /No module named 'no_such_module_of_a_test'/);
  } finally {
    rmSync(brokenDag, { force: true });
  }
  const seen = await endOffset(outputs, "demo");
  await until("the next run's messages", async (say) => {
    const now = await endOffset(outputs, "demo");
    say(`${now} messages, ${seen} before`);
    return now > seen || undefined;
  });
});
