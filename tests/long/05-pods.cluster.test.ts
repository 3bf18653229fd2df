/** If pods can't start, `make up` fails within `readyTimeout` and prints why. After the mending, the next `up` succeeds. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { EditedFile } from "../support/edited-file";
import { make, mustMake, standUp, testStack } from "../support/stack";

const stackFile = new EditedFile(`Pulumi.${testStack}.yaml`);
const druidValues = new EditedFile("charts-values/druid.local.yaml");
const supersetValues = new EditedFile("charts-values/superset.local.yaml");

before(async () => {
  await standUp();
});
function putBack() {
  for (const file of [stackFile, druidValues, supersetValues]) file.putBack();
}
after(putBack);

test("an image that is not there and a service that crashes: up ends within its bound, with state, events and log lines", async () => {
  stackFile.write(stackFile.original.replace(/(readyTimeout: ).*/, "$145s"));
  supersetValues.write(supersetValues.original.replace("image:\n", "image:\n  tag: no-such-tag\n"));
  druidValues.write(
    druidValues.original.replace(
      /^router:\n/m,
      "$&  runtimeProperties: { druid.server.http.numThreads: none }\n",
    ),
  );
  const started = Date.now();
  const up = await make("up");
  const seconds = (Date.now() - started) / 1000;
  assert.notEqual(up.exitCode, 0, up.output);
  assert.ok(seconds < 120, `it took ${seconds} s`);

  // A Job's pods are deleted at its deadline, so only the CLI's own message tells about them.
  assert.match(up.output, /superset-setup[\s\S]*no-such-tag/);
  assert.match(up.output, /ErrImagePull|ImagePullBackOff/);
  assert.match(up.output, /^Pod \S+\/druid-router-\S+ is not ready/m, up.output);
  assert.match(up.output, /event BackOff \(\d+×\): .*router/);
  assert.match(
    up.output,
    /the last lines of router:\n(?: {4}.*\n)* {4}Caused by: .*from String "none"/,
    up.output,
  );
});

test("mended, the next up brings all of it back", async () => {
  putBack();
  await mustMake("up");
  await mustMake("verify");
});
