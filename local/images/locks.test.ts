import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { images } from "./catalogue";
import { imagesDir } from "./inputs";
import { formatJarLock, jarDifferences, parseJarLock } from "./locks";

const hash = (digit: string) => digit.repeat(64);
const text = (path: string) => readFileSync(join(imagesDir, path), "utf8");
const sources = images.flatMap((image) => image.layers.map((layer) => layer.source));
const mavenSources = sources.filter((source) => source.kind === "maven");

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

/** Lines of a requirements lock that lack an exact version or a hash, or name an index. */
function looseRequirements(path: string): string[] {
  const pinned = /^[\w.[\],-]+==[^\s;]+(\s*;[^#]*?)?(\s+--hash=sha256:[0-9a-f]{64})+$/;
  const lines = text(path).replace(/\\\n/g, " ").split("\n");
  return lines
    .map((line) => line.trim())
    .filter((line) => !/^(#|$)/.test(line) && !pinned.test(line));
}

/** Packages of an npm lock without a version or an integrity hash, or with a host in it. */
function loosePackages(path: string): string[] {
  const packages: Record<string, Record<string, unknown>> = JSON.parse(text(path)).packages;
  const isLocked = (name: string) =>
    packages[name]?.version && packages[name].integrity && !packages[name].resolved;
  return Object.keys(packages).filter((name) => name && !isLocked(name));
}

test("every artefact of the catalogue is locked to a version and a hash", () => {
  for (const { lock } of mavenSources) assert.ok(parseJarLock(text(lock), lock).size > 50, lock);
  for (const source of sources) {
    if (source.kind === "python") {
      assert.deepEqual(looseRequirements(source.requirements), [], source.requirements);
    } else if (source.kind === "npm") {
      assert.deepEqual(loosePackages(source.lock), [], source.lock);
    }
  }
  assert.deepEqual(looseRequirements("tools/requirements.txt"), []);
  assert.deepEqual(looseRequirements("tools/build.txt"), []);
});

test("jars of other folders than the class path are in the lock", () => {
  for (const { lock, folders } of mavenSources) {
    const jars = [...parseJarLock(text(lock), lock).keys()];
    const isThere = (artifact: string) => jars.some((jar) => jar.startsWith(`${artifact}-`));
    for (const artifact of Object.values(folders).flat()) {
      assert.ok(isThere(artifact), `${lock} lacks ${artifact}`);
    }
  }
});
