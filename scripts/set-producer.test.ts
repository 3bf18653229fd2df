import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { fullKey } from "../settings/config-key";
import { withProducerMode } from "./set-producer";

for (const stack of ["local", "dev", "staging", "test"]) {
  test(`Pulumi.${stack}.yaml is as before after a switch to Airflow and back`, () => {
    const before = readFileSync(join(__dirname, "..", `Pulumi.${stack}.yaml`), "utf8");
    const switched = withProducerMode(before, "airflow");
    assert.equal(parse(switched).config.producerMode, "airflow");
    assert.equal(withProducerMode(switched, "standalone"), before);
  });
}

test("a mode that the CLI wrote, with the project's name, is replaced", () => {
  const key = fullKey("producerMode");
  assert.equal(withProducerMode(`config:\n  ${key}: both\n`, "none"), `config:\n  ${key}: none\n`);
});

test("a mode that doesn't exist is refused, with those that do", () => {
  assert.throws(() => withProducerMode("config: {}\n", "Airflow"), {
    message: 'PRODUCER must be one of standalone, airflow, both, none, is "Airflow"',
  });
});
