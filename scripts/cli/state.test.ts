import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { project } from "../../settings/config-key";
import { allStates, namespacesOf, readState } from "./state";

const folder = mkdtempSync(join(tmpdir(), "state-"));
after(() => rmSync(folder, { recursive: true }));
const env = { PULUMI_BACKEND_URL: `file://${folder}?metadata=skip` };
const read = (stack: string) => readState({ path: "", stack, env, configFile: undefined });

const namespace = (name: string, retainOnDelete?: boolean) => ({
  urn: `urn:pulumi:some::project::kubernetes:core/v1:Namespace::${name}`,
  type: "kubernetes:core/v1:Namespace",
  inputs: { metadata: { name } },
  retainOnDelete,
});

test("a stack's namespaces are those of its state, made or being made, whatever outputs it has", async () => {
  const stacks = join(folder, ".pulumi/stacks");
  for (const name of [project, "another"]) mkdirSync(join(stacks, name), { recursive: true });
  const latest = {
    resources: [
      { urn: "x", type: "pulumi:pulumi:Stack" },
      namespace("one"),
      namespace("two", true),
    ],
    pending_operations: [{ type: "creating", resource: namespace("three") }],
  };
  const write = (file: string, state: object) =>
    writeFileSync(join(stacks, file), JSON.stringify({ checkpoint: { latest: state } }));
  write(`${project}/some.json`, latest);
  write("another/some.json", { resources: latest.resources.slice(0, 1) });
  const state = await read("some");
  assert.ok(state);
  assert.deepEqual(Object.fromEntries(namespacesOf(state)), {
    one: "delete",
    two: "keep",
    three: "delete",
  });
  assert.equal(state.resources.length, 3);
  assert.equal(await read("none"), undefined);
  assert.deepEqual(
    allStates(env)
      .map(({ resources }) => resources.length)
      .sort(),
    [1, 3],
  );
});
