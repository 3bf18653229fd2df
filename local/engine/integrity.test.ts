import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseCheckpoint, saltOfCheckpoint } from "./checkpoint";
import { integrityFaults } from "./integrity";
import { openCrypter } from "./secrets";
import { newResourceState, type ResourceState } from "./state";

const stack = newResourceState({
  urn: "urn:pulumi:s::p::pulumi:pulumi:Stack::p-s",
  type: "pulumi:pulumi:Stack",
  custom: false,
});
const provider = newResourceState({
  urn: "urn:pulumi:s::p::pulumi:providers:test::default",
  type: "pulumi:providers:test",
  custom: true,
  id: "1",
});
const thing = newResourceState({
  urn: "urn:pulumi:s::p::test:index:Thing::a",
  type: "test:index:Thing",
  custom: true,
  id: "a",
  parent: stack.urn,
  provider: `${provider.urn}::1`,
});

function faults(...resources: ResourceState[]): string[] {
  return integrityFaults({ resources, pendingOperations: [] });
}

for (const name of ["1-created", "3-refreshed", "4-replaced", "5-destroyed", "6-killed"]) {
  test(`${name}: what the CLI wrote has no fault`, async () => {
    const path = join(__dirname, "testdata/golden/expected", `${name}.json`);
    const text = readFileSync(path, "utf8");
    const crypter = await openCrypter("golden", saltOfCheckpoint(text, path) ?? "", path);
    assert.deepEqual(integrityFaults(parseCheckpoint(text, path, crypter)), []);
  });
}

test("a parent, a dependency and a provider must stand before what needs them", () => {
  assert.deepEqual(faults(stack, provider, thing), []);
  assert.deepEqual(faults(provider, thing, stack), [
    `${thing.urn} depends on ${stack.urn}, which comes after it`,
  ]);
  assert.deepEqual(faults(stack, provider, { ...thing, deletedWith: "urn:gone" }), [
    `${thing.urn} depends on urn:gone, which is missing`,
  ]);
  assert.deepEqual(faults(stack, provider, { ...thing, provider: `${provider.urn}::2` }), [
    `${thing.urn} refers to the unknown provider ${provider.urn}::2`,
  ]);
});

test("a URN is there twice only while one waits for its deletion", () => {
  assert.deepEqual(faults(stack, provider, thing, { ...thing, id: "b", delete: true }), []);
  assert.deepEqual(faults(stack, provider, thing, { ...thing, id: "b" }), [
    `${thing.urn} is there twice, not marked for deletion`,
  ]);
});

test("URN, type and id must fit each other", () => {
  assert.deepEqual(faults(stack, provider, { ...thing, type: "test:index:Other" }), [
    `${thing.urn} has the type "test:index:Other"`,
  ]);
  assert.deepEqual(faults({ ...stack, id: "x" }), [`${stack.urn} is a component and has the id x`]);
  assert.match(faults({ ...stack, urn: "p-s" }).join(), /"p-s" is not of the form urn:pulumi:/);
});
