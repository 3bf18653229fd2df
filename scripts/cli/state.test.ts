import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { namespacesOf, readState, stacksOf } from "./state";

const folder = mkdtempSync(join(tmpdir(), "state-"));
after(() => rmSync(folder, { recursive: true }));
const env = { PULUMI_BACKEND_URL: `file://${folder}?metadata=skip` };
const read = (stack: string) => readState({ path: "", stack, env, configFile: undefined });

const namespace = (name: string, retainOnDelete?: boolean) => ({
  urn: `urn:pulumi:some::realtime-analytics::kubernetes:core/v1:Namespace::${name}`,
  type: "kubernetes:core/v1:Namespace",
  inputs: { metadata: { name } },
  retainOnDelete,
});

test("a stack's namespaces are those of its state, made or being made, whatever outputs it has", async () => {
  const stacks = join(folder, ".pulumi/stacks/realtime-analytics");
  mkdirSync(stacks, { recursive: true });
  const latest = {
    resources: [
      { urn: "x", type: "pulumi:pulumi:Stack" },
      namespace("one"),
      namespace("two", true),
    ],
    pending_operations: [{ type: "creating", resource: namespace("three") }],
  };
  writeFileSync(join(stacks, "some.json"), JSON.stringify({ checkpoint: { latest } }));
  const state = await read("some");
  assert.ok(state);
  assert.deepEqual(Object.fromEntries(namespacesOf(state)), {
    one: "delete",
    two: "keep",
    three: "delete",
  });
  assert.equal(state.resources.length, 3);
  assert.equal(await read("none"), undefined);
  assert.deepEqual(stacksOf(env), ["some"]);
});
