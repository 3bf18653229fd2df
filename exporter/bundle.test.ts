import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { bundleProgram } from "../producer/bundle";

test("the bundle fits in a ConfigMap, which holds 1 MiB", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  try {
    const { size } = statSync(await bundleProgram("exporter/main.ts", folder));
    assert.ok(size < 850_000, `${size} bytes`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
