import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { stackFiles } from "./backend";
import { cancelLocks, takeLock } from "./lock";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function hold(pid: number, host: string, timestamp = new Date().toISOString()) {
  const files = stackFiles(folder, "p", "s");
  await mkdir(files.locks, { recursive: true });
  const content = { pid, username: "ann", hostname: host, timestamp };
  await writeFile(join(files.locks, "other.json"), JSON.stringify(content));
  return files;
}

test("a lock is a file where the CLI has it, and is gone once released", async () => {
  const files = stackFiles(folder, "p", "s");
  const lock = await takeLock(files, () => {});
  assert.equal((await readdir(join(folder, ".pulumi/locks/organization/p/s"))).length, 1);
  await lock.release();
  assert.deepEqual(await readdir(files.locks), []);
});

test("a second run is refused, naming who holds the stack", async () => {
  const child = spawn("sleep", ["60"]);
  try {
    const files = await hold(child.pid ?? 0, hostname());
    await assert.rejects(
      takeLock(files, () => {}),
      new RegExp(
        `organization/p/s is currently locked by 1 lock.*ann@${hostname()} \\(pid ${child.pid}\\)`,
        "s",
      ),
    );
    assert.deepEqual(await readdir(files.locks), ["other.json"]);
  } finally {
    child.kill();
  }
});

test("the lock of a process that is gone is taken over, and said", async () => {
  const { pid } = spawnSync("true");
  const files = await hold(pid, hostname());
  const said: string[] = [];
  const lock = await takeLock(files, (message) => said.push(message));
  assert.match(said.join(), new RegExp(`Removed a stale lock: ann@.* \\(pid ${pid}, gone\\)`));
  await lock.release();
});

test("a pid that is now another process does not keep the stack locked", async () => {
  const files = await hold(process.pid, hostname(), "2020-01-01T00:00:00Z");
  const lock = await takeLock(files, () => {});
  await lock.release();
});

test("a lock of another host is never judged; cancel removes it", async () => {
  const files = await hold(spawnSync("true").pid, "elsewhere");
  await assert.rejects(
    takeLock(files, () => {}),
    /ann@elsewhere/,
  );
  const holders = await cancelLocks(files);
  assert.match(holders.join(), /^ann@elsewhere/);
  await (await takeLock(files, () => {})).release();
});
