import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { classPathManifest, zipOfOne } from "./classpath-jar";

test("a manifest's lines are at most 72 bytes and join to the class path", () => {
  const paths = Array.from({ length: 40 }, (_, index) => `../jars/library-${index}.jar`);
  const lines = classPathManifest(paths).split("\r\n");
  assert.deepEqual(lines.slice(-2), ["", ""]);
  assert.equal(lines[0], "Manifest-Version: 1.0");
  for (const line of lines) assert.ok(line.length <= 72, line);
  const [first = "", ...rest] = lines.slice(1, -2);
  const joined = first + rest.map((line) => line.replace(/^ /, "")).join("");
  assert.equal(joined, `Class-Path: ${paths.join(" ")}`);
});

test("the archive is one that Python's zipfile reads", () => {
  const folder = mkdtempSync(join(tmpdir(), "jar-"));
  try {
    const file = join(folder, "a.jar");
    writeFileSync(file, zipOfOne("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n"));
    const code =
      "import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;" +
      "print(z.namelist(), z.read('META-INF/MANIFEST.MF'))";
    assert.equal(
      execFileSync("python3", ["-c", code, file], { encoding: "utf8" }).trim(),
      "['META-INF/MANIFEST.MF'] b'Manifest-Version: 1.0\\r\\n\\r\\n'",
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
