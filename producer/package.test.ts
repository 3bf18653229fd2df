import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import root from "../package.json";
import { bundleProducer } from "./bundle";
import own from "./package.json";

test("the producer's dependencies are of the versions that the bundle takes", () => {
  const versions: Record<string, string> = root.dependencies;
  for (const [name, version] of Object.entries(own.dependencies)) {
    assert.equal(version, versions[name], name);
  }
});

test("the bundle has no stream in it, and fits in a ConfigMap", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  try {
    const { size } = statSync(await bundleProducer(folder));
    assert.ok(size < 700_000, `${size} bytes`);
    const inputs = Object.keys(JSON.parse(readFileSync(join(folder, "inputs.json"), "utf8")));
    assert.ok(inputs.includes("producer/main.ts"));
    assert.deepEqual(
      inputs.filter((file) => file.startsWith("pipelines/")),
      [],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("two bundles of the same sources are the same bytes, without a path of this machine", async () => {
  const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), "bundle-")));
  try {
    const files = await Promise.all(folders.map((folder) => bundleProducer(folder)));
    const [first, second] = files.map((file) => readFileSync(file, "utf8"));
    assert.equal(first, second);
    assert.ok(!first?.includes(join(__dirname, "..")));
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true });
  }
});

test("a bundle is made only if a source or the old bundle was written since", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  try {
    const file = await bundleProducer(folder);
    const [text, { mtimeMs }] = [readFileSync(file, "utf8"), statSync(file)];
    await bundleProducer(folder);
    assert.equal(statSync(file).mtimeMs, mtimeMs);
    appendFileSync(file, "// by hand");
    await bundleProducer(folder);
    assert.equal(readFileSync(file, "utf8"), text);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
