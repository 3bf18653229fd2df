import assert from "node:assert/strict";
import { test } from "node:test";
import { recoverForUp } from "./recovery";
import type { Resource } from "./state";

const cli = { path: "/nonexistent", stack: "test", env: {}, configFile: undefined };

function resource(type: string, name: string, initErrors: string[] = []): Resource {
  return {
    urn: `urn:pulumi:test::p::${type}::${name}`,
    type,
    custom: true,
    inputs: {},
    initErrors,
  };
}

test("a Job that has failed gives its place to another: by itself it would never run again", async () => {
  const failed = resource("kubernetes:batch/v1:Job", "setup", ["DeadlineExceeded"]);
  const resources = [
    failed,
    resource("kubernetes:batch/v1:Job", "other"),
    resource("kubernetes:apps/v1:Deployment", "web", ["timed out waiting to be Ready"]),
  ];
  const { options, variables } = await recoverForUp(cli, { resources, pending: [] }, undefined);
  assert.deepEqual(options, ["--replace", failed.urn]);
  assert.deepEqual(variables, {});
});
