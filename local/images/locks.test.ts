import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { images } from "./catalogue";
import { imagesDir } from "./inputs";
import {
  formatJarLock,
  jarDifferences,
  loosePackages,
  looseRequirements,
  parseJarLock,
} from "./locks";

const hash = (digit: string) => digit.repeat(64);
const text = (path: string) => readFileSync(join(imagesDir, path), "utf8");
const sources = images.flatMap((image) => image.layers.map((layer) => layer.source));

test("a jar lock is read as it is written", () => {
  const lock = new Map([
    ["b-1.jar", hash("b")],
    ["a_2.13-1.0.jar", hash("a")],
  ]);
  const written = formatJarLock(lock);
  assert.equal(written, `${hash("a")}  a_2.13-1.0.jar\n${hash("b")}  b-1.jar\n`);
  assert.deepEqual([...parseJarLock(written, "jars.lock")].sort(), [...lock].sort());
});

test("a jar lock's broken line is named", () => {
  assert.throws(() => parseJarLock(`${hash("a")}  a.jar\nabc  b.jar\n`, "x/jars.lock"), {
    message: 'x/jars.lock:2: expected "<sha256>  <name>.jar", is "abc  b.jar"',
  });
});

test("jars that are missing, changed or new are told apart", () => {
  const lock = new Map([
    ["gone-1.jar", hash("1")],
    ["same-1.jar", hash("2")],
    ["changed-1.jar", hash("3")],
  ]);
  const resolved = new Map([
    ["same-1.jar", hash("2")],
    ["changed-1.jar", hash("4")],
    ["new-1.jar", hash("5")],
  ]);
  assert.deepEqual(jarDifferences(lock, resolved), [
    "gone-1.jar is locked but was not resolved",
    `changed-1.jar has SHA-256 ${hash("4")}, locked is ${hash("3")}`,
    "new-1.jar was resolved but is not locked",
  ]);
});

test("a requirement without an exact version or a hash is found", () => {
  const good = `a[b]==1.0 \\\n    --hash=sha256:${hash("a")} \\\n    --hash=sha256:${hash("b")}\n`;
  assert.deepEqual(looseRequirements(`# comment\n${good}`), []);
  assert.deepEqual(looseRequirements(`${good}c==1.0\nd>=2 --hash=sha256:${hash("a")}\n`), [
    "c==1.0",
    `d>=2 --hash=sha256:${hash("a")}`,
  ]);
  assert.deepEqual(looseRequirements("--index-url http://index.example\n"), [
    "--index-url http://index.example",
  ]);
});

test("an npm package without version or integrity, or with a host, is found", () => {
  const lock = {
    packages: {
      "": { name: "root" },
      "node_modules/good": { version: "1.0.0", integrity: "sha512-x" },
      "node_modules/bare": { version: "1.0.0" },
      "node_modules/host": {
        version: "1.0.0",
        integrity: "sha512-x",
        resolved: "http://h.example",
      },
    },
  };
  assert.deepEqual(loosePackages(JSON.stringify(lock)), ["node_modules/bare", "node_modules/host"]);
});

test("every artefact of the catalogue is locked to a version and a hash", () => {
  for (const source of sources) {
    if (source.kind === "maven") {
      assert.ok(parseJarLock(text(source.lock), source.lock).size > 50, source.lock);
    } else if (source.kind === "python") {
      assert.deepEqual(looseRequirements(text(source.requirements)), [], source.requirements);
    } else if (source.kind === "npm") {
      assert.deepEqual(loosePackages(text(source.lock)), [], source.lock);
    }
  }
  assert.deepEqual(looseRequirements(text("tools/requirements.txt")), []);
  assert.deepEqual(looseRequirements(text("tools/build.txt")), []);
});

test("jars of other folders than the class path are in the lock", () => {
  for (const source of sources) {
    if (source.kind !== "maven") continue;
    const jars = [...parseJarLock(text(source.lock), source.lock).keys()];
    for (const artifact of Object.values(source.folders).flat()) {
      assert.ok(
        jars.some((jar) => jar.startsWith(`${artifact}-`)),
        `${source.lock} lacks ${artifact}`,
      );
    }
  }
});
