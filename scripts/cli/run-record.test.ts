import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { endLeftovers, RunRecords } from "./run-record";
import { isAlive } from "./state";

const folder = mkdtempSync(join(tmpdir(), "run-record-"));
process.env.XDG_STATE_HOME = folder;
after(() => rmSync(folder, { recursive: true }));

const sleeper = (variables: NodeJS.ProcessEnv = {}) =>
  spawn("sleep", ["60"], { env: { ...process.env, ...variables }, stdio: "ignore" });

test("a run under way is none that is unfinished; a killed one is, until it is forgotten", async () => {
  const records = new RunRecords("some");
  assert.equal(records.unfinished(), undefined);
  const { variables, started } = records.begin("up");
  const cli = sleeper(variables);
  started(cli.pid ?? 0);
  assert.equal(records.unfinished(), undefined);
  cli.kill("SIGKILL");
  await once(cli, "close");
  assert.equal(records.unfinished()?.command, "up");
  records.forget();
  assert.equal(records.unfinished(), undefined);
});

test("what a killed run has left is ended, and nothing else", {
  skip: existsSync("/proc/self/environ") ? false : "only Linux tells a process' environment",
}, async () => {
  const records = new RunRecords("other");
  const { variables, started } = records.begin("destroy");
  const cli = sleeper(variables);
  const plugin = sleeper(variables);
  const stranger = sleeper();
  try {
    started(cli.pid ?? 0);
    cli.kill("SIGKILL");
    await once(cli, "close");
    const record = records.unfinished();
    assert.ok(record);
    assert.equal(await endLeftovers(record), 1);
    assert.equal(isAlive(plugin.pid ?? 0), false);
    assert.equal(isAlive(stranger.pid ?? 0), true);
  } finally {
    stranger.kill("SIGKILL");
    plugin.kill("SIGKILL");
  }
});
