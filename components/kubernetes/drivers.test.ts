import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

const list = (path: string) => readFileSync(join(__dirname, "..", "..", path), "utf8").trimEnd();

/** Of each package of a locked list: name, version, and number of hashes. */
function packagesOf(path: string) {
  return list(path)
    .split(/\n(?! )/)
    .map((text) => {
      const [pin = "", ...hashes] = text.split(" \\\n    ");
      for (const hash of hashes) assert.match(hash, /^--hash=sha256:[0-9a-f]{64}$/, path);
      assert.match(pin, /^[a-z0-9-]+==[0-9.]+$/, path);
      return { pin, hashes: hashes.length };
    });
}

describe("the lists of drivers", () => {
  for (const [path, pins] of [
    ["images/superset/requirements.txt", [/^psycopg2-binary==/, /^pydruid==/]],
    ["images/superset/build.txt", [/^setuptools==/]],
    ["images/airflow/requirements.txt", [/^confluent-kafka==/]],
  ] as const) {
    it(`${path} locks each package by hashes, and names no index`, () => {
      const packages = packagesOf(path);
      assert.equal(packages.length, pins.length);
      packages.forEach(({ pin, hashes }, index) => {
        assert.match(pin, pins[index] ?? /^$/);
        assert.ok(hashes > 0, pin);
      });
    });
  }

  it("are of the versions that the images built from packages have", () => {
    for (const service of ["superset", "airflow"]) {
      const locked = list(`local/images/${service}/requirements.txt`);
      for (const { pin } of packagesOf(`images/${service}/requirements.txt`)) {
        assert.ok(locked.includes(`\n${pin} \\\n`), pin);
      }
    }
  });
});
