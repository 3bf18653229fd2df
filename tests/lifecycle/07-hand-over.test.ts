import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { parseCheckpoint, saltOfCheckpoint } from "../../local/engine/checkpoint";
import { integrityFaults } from "../../local/engine/integrity";
import { openCrypter } from "../../local/engine/secrets";
import type { Snapshot } from "../../local/engine/state";
import { findPulumiCli, noPulumiCli } from "../../local/engine/testing/pulumi-cli";
import { withoutSecrets } from "../../local/engine/values";
import { embeddedEnvironment } from "../../local/environment";
import { passphraseFile, pulumiStateDir, stateDir } from "../../local/paths";
import type { StackOutputs } from "../../verify/outputs";
import { mustMake, readOutputs, standUp, testStack } from "../e2e/stack";
import { killAll, readState, startMake, untilPoint } from "./interrupted-run";
import { assertNothingOrphaned } from "./inventory";

// A stack that the embedded engine stood up is the Pulumi CLI's to take over, and back. What the CLI demands of a state
// is tested everywhere; that it does take it over, where it is at hand. That the engine takes over what the CLI wrote is
// tested by local/engine/taken-over.cluster.test.ts.

const checkpoint = join(pulumiStateDir, ".pulumi/stacks/realtime-analytics", `${testStack}.json`);

let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});

async function openState(): Promise<{ text: string; snapshot: Snapshot }> {
  const text = readFileSync(checkpoint, "utf8");
  const passphrase = readFileSync(passphraseFile, "utf8").trim();
  const crypter = await openCrypter(
    passphrase,
    saltOfCheckpoint(text, checkpoint) ?? "",
    checkpoint,
  );
  return { text, snapshot: parseCheckpoint(text, checkpoint, crypter) };
}

test("the state satisfies what the CLI checks before it works on one", async () => {
  const { snapshot } = await openState();
  assert.ok(snapshot.resources.length > 50, `only ${snapshot.resources.length} resources`);
  assert.deepEqual(integrityFaults(snapshot), []);
  assert.deepEqual(snapshot.pendingOperations, []);
});

test("each secret of the state opens with the passphrase, and none stands there in clear", async () => {
  const { text, snapshot } = await openState();
  const stack = snapshot.resources.find((r) => r.type === "pulumi:pulumi:Stack");
  const password = withoutSecrets(stack?.outputs.supersetPassword ?? null);
  assert.equal(password, outputs.supersetPassword);
  assert.ok(!text.includes(String(password)), "the password of Superset's admin is not encrypted");
});

const cli = findPulumiCli();
const skip = cli ? false : noPulumiCli;
const byCli = { PULUMI: cli ?? "" };
const byEngine = { PULUMI: "" };

const nothingChanged = /Resources:\n +\d+ unchanged\n/;

test("the CLI takes the stack over: nothing to change, nothing drifted", { skip }, async () => {
  for (const command of ["preview", "refresh", "up", "preview"]) {
    const { output } = await mustMake(command, byCli);
    assert.match(output, nothingChanged, `make ${command} by the CLI:\n${output}`);
  }
});

test("the engine takes it back", { skip }, async () => {
  const { snapshot } = await openState();
  assert.deepEqual(integrityFaults(snapshot), []);
  for (const command of ["preview", "refresh", "up", "preview"]) {
    const { output } = await mustMake(command, byEngine);
    assert.match(output, nothingChanged, `make ${command} by the engine:\n${output}`);
  }
});

/** Where `make` has the CLI keep the stack's config. */
const configOfCli = join(stateDir, "config", `Pulumi.${testStack}.yaml`);

/** A command of the CLI's own, without questions. */
function runCli(command: string, ...args: string[]): void {
  execFileSync(byCli.PULUMI, [command, "--yes", "--stack", testStack, ...args], {
    env: { ...process.env, ...embeddedEnvironment(process.env) },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
  });
}

test("an up of the CLI that was killed is ended by the next, which is told to take over what was made", {
  skip,
}, async () => {
  await mustMake("down", byEngine);
  const run = startMake("up", byCli);
  await untilPoint(run, "the pods' creation under way", () =>
    ["kafka-nodes", "druid-historical"].every((name) =>
      readState().pending.includes(`creating ${name}`),
    ),
  );
  killAll(run);
  assert.notDeepEqual(readState().pending, []);

  // docs/day-two.md
  runCli("cancel");
  await mustMake("up", {
    ...byCli,
    PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true",
    PULUMI_K8S_ENABLE_PATCH_FORCE: "true",
  });
  runCli("refresh", "--skip-preview", "--clear-pending-creates", "--config-file", configOfCli);
  await mustMake("up", byCli);
  for (const by of [byCli, byEngine]) {
    const { output } = await mustMake("preview", by);
    assert.match(output, nothingChanged, output);
  }
  outputs = await readOutputs();
  await assertNothingOrphaned(outputs);
});

test("each tears down what the other stood up, and leaves nothing", { skip }, async () => {
  const nothingLeft = new RegExp(`nothing of stack ${testStack} is left`);
  assert.match((await mustMake("down", byCli)).output, nothingLeft);
  await mustMake("up", byCli);
  for (const command of ["preview", "refresh", "preview"]) {
    const { output } = await mustMake(command, byEngine);
    assert.match(output, nothingChanged, `make ${command} by the engine:\n${output}`);
  }
  assert.match((await mustMake("down", byEngine)).output, nothingLeft);
});
