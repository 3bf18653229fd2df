import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { withProducerMode } from "./set-producer";

for (const stack of ["local", "dev", "staging", "test"]) {
  test(`Pulumi.${stack}.yaml is as before after a switch to Airflow and back`, () => {
    const before = readFileSync(join(__dirname, "..", `Pulumi.${stack}.yaml`), "utf8");
    const switched = withProducerMode(before, "airflow");
    assert.match(switched, /realtime-analytics:producerMode: airflow/);
    assert.equal(withProducerMode(switched, "standalone"), before);
  });
}

test("a mode that doesn't exist is refused, with those that do", () => {
  assert.throws(() => withProducerMode("config: {}\n", "Airflow"), {
    message: 'PRODUCER must be one of standalone, airflow, both, none, is "Airflow"',
  });
});
