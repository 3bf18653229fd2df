import assert from "node:assert/strict";
import { test } from "node:test";
import { inputsHash } from "./inputs";
import type { Layer } from "./model";

const files: Record<string, string> = {};
const read = async (path: string) => files[path] ?? "text";

const base: Layer = { name: "base", on: [], source: { kind: "debian", packages: ["libc6"] } };
const source = {
  ...({ kind: "maven", pom: "x/pom.xml", lock: "x/jars.lock" } as const),
  ...{ root: "/opt/x", classPathJar: "lib/x.jar", folders: {} },
};
const jars: Layer = { name: "jars", on: [base], source };

test("the hash is the same for the same inputs, whatever the order of keys", async () => {
  const reordered: Layer = {
    on: [{ source: { packages: ["libc6"], kind: "debian" }, on: [], name: "base" }],
    source: Object.fromEntries(Object.entries(source).reverse()) as typeof source,
    name: "jars",
  };
  const hash = await inputsHash(jars, read);
  assert.match(hash, /^[0-9a-f]{16}$/);
  assert.equal(await inputsHash(reordered, read), hash);
});

test("the hash changes with the description, a file, the builder's code and a layer below", async () => {
  const hashes = new Set([await inputsHash(jars, read)]);
  hashes.add(await inputsHash({ ...jars, source: { ...source, root: "/opt/y" } }, read));
  for (const path of ["x/jars.lock", "x/pom.xml", "sources/maven.ts"]) {
    hashes.add(await inputsHash(jars, async (file) => (file === path ? "changed" : read(file))));
  }
  const otherBase: Layer = { ...base, source: { kind: "debian", packages: ["libc6", "dash"] } };
  hashes.add(await inputsHash({ ...jars, on: [otherBase] }, read));
  assert.equal(hashes.size, 6);
});

test("the hash doesn't change with what the layer doesn't read", async () => {
  const other = async (file: string) => (file === "sources/python.ts" ? "changed" : read(file));
  assert.equal(await inputsHash(jars, other), await inputsHash(jars, read));
});
