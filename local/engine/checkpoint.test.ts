import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseCheckpoint, renderCheckpoint, saltOfCheckpoint } from "./checkpoint";
import { openCrypter } from "./secrets";
import { Secret } from "./values";

const folder = join(__dirname, "testdata", "golden", "expected");
const names = ["1-created", "2-updated", "3-refreshed", "4-replaced", "5-destroyed", "6-killed"];

for (const name of names) {
  test(`${name}: what the CLI wrote is read, and written again byte for byte but for time and version`, async () => {
    const path = join(folder, `${name}.json`);
    const text = readFileSync(path, "utf8");
    const crypter = await openCrypter("golden", saltOfCheckpoint(text, path) ?? "", path);
    const snapshot = parseCheckpoint(text, path, crypter);
    const written = JSON.parse(renderCheckpoint("organization/golden/dev", snapshot, crypter));
    const expected = JSON.parse(text);
    written.checkpoint.latest.manifest = expected.checkpoint.latest.manifest;
    assert.equal(JSON.stringify(written), JSON.stringify(expected));
  });
}

test("secrets are opened when read", async () => {
  const path = join(folder, "1-created.json");
  const text = readFileSync(path, "utf8");
  const crypter = await openCrypter("golden", saltOfCheckpoint(text, path) ?? "", path);
  const echo = parseCheckpoint(text, path, crypter).resources.find((r) => r.id === "echo-a");
  assert.deepEqual(echo?.inputs.token, new Secret("s3cr3t"));
});

test("another version, another secrets provider and a damaged file are told apart", () => {
  assert.throws(() => saltOfCheckpoint('{"version":4}', "f"), /f is a checkpoint of version 4/);
  assert.throws(() => saltOfCheckpoint("{", "f"), /f is not JSON .* f\.bak/);
  const cloud = '{"version":3,"checkpoint":{"latest":{"secrets_providers":{"type":"cloud"}}}}';
  assert.throws(() => saltOfCheckpoint(cloud, "f"), /encrypted by "cloud"/);
});
