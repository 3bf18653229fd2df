import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import { make, mustMake, standUp } from "../support/stack";

let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});

test("down leaves no resource, namespace, volume or registration, and is idempotent", async () => {
  const run = await make("down");
  assert.equal(run.exitCode, 0, run.output);
  assert.match(run.output, new RegExp(`no namespace ${outputs.namespace}, no volume`));

  const again = await mustMake("down");
  assert.match(again.output, /has no resources/);
});

test("with no stack left the cluster stops, and leaves no process, mount or link of its own", async (t) => {
  const status = await mustMake("cluster-status");
  if (!status.output.includes("The embedded cluster is stopped")) {
    t.skip("another stack is up on the cluster, so it stays");
    return;
  }
  const mounts = readFileSync("/proc/mounts", "utf8");
  assert.doesNotMatch(mounts, /realtime-analytics/);
  assert.doesNotMatch(mounts, /kubelet/);
  assert.ok(!existsSync("/sys/class/net/cni0"), "the bridge of the pods is still there");
});
