import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync(join(tmpdir(), "environment-"));
process.env.XDG_STATE_HOME = folder;
// Reads the folder's name when it is loaded.
const environment = import("./environment.js");
after(() => rmSync(folder, { recursive: true }));

const namespace = (name: string, retainOnDelete?: boolean) => ({
  type: "kubernetes:core/v1:Namespace",
  inputs: { metadata: { name } },
  retainOnDelete,
});

test("a stack's namespaces are those of its state, made or being made, whatever outputs it has", async () => {
  const { namespacesInState, resourcesInState } = await environment;
  const stacks = join(folder, "realtime-analytics/pulumi/.pulumi/stacks/realtime-analytics");
  mkdirSync(stacks, { recursive: true });
  const latest = {
    resources: [{ type: "pulumi:pulumi:Stack" }, namespace("one"), namespace("two", true)],
    pending_operations: [{ type: "creating", resource: namespace("three") }],
  };
  writeFileSync(join(stacks, "some.json"), JSON.stringify({ checkpoint: { latest } }));
  assert.deepEqual(
    [...namespacesInState("some")],
    [
      ["one", "delete"],
      ["two", "keep"],
      ["three", "delete"],
    ],
  );
  assert.equal(resourcesInState("some"), 3);
  assert.deepEqual([...namespacesInState("none")], []);
});
