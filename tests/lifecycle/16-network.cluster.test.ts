/** 12-staging does the same with more pods, and an S3 server. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { StackOutputs } from "../../verify/outputs";
import { assertOpenByTable } from "../support/connection-table";
import { standUp, testStack } from "../support/stack";

let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});

test("pods reach what the table of connections has, and strangers in and outside of the namespace nothing", async () => {
  const ports = await assertOpenByTable(testStack, outputs.namespace);
  assert.ok(ports.length >= 10, JSON.stringify(ports.map(({ name }) => name)));
});
