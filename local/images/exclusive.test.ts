import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { exclusively } from "./exclusive";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lock-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("two tasks don't overlap, and the file is gone at the end", async () => {
  const file = join(folder, "lock");
  const events: string[] = [];
  const task = (name: string) =>
    exclusively(
      file,
      () => {},
      async () => {
        events.push(`${name} starts`);
        await new Promise((resolve) => setTimeout(resolve, 50));
        events.push(`${name} ends`);
      },
    );
  await Promise.all([task("a"), task("b")]);
  assert.equal(events.length, 4);
  assert.equal(events[0]?.charAt(0), events[1]?.charAt(0));
  assert.equal(existsSync(file), false);
});

test("the file of a dead process is taken over", async () => {
  const file = join(folder, "lock");
  const dead = spawnSync("true").pid;
  writeFileSync(file, String(dead));
  assert.equal(
    await exclusively(
      file,
      () => {},
      async () => "done",
    ),
    "done",
  );
});

test("a task that fails frees the file", async () => {
  const file = join(folder, "lock");
  const failing = exclusively(
    file,
    () => {},
    () => Promise.reject(new Error("no")),
  );
  await assert.rejects(failing, { message: "no" });
  assert.equal(existsSync(file), false);
});

test("waiting ends, naming who holds the file", async () => {
  const file = join(folder, "lock");
  writeFileSync(file, String(process.ppid));
  await assert.rejects(
    exclusively(
      file,
      () => {},
      async () => "never",
      0,
    ),
    {
      message: `Process ${process.ppid} holds ${file} for more than 0 s. See what it does.`,
    },
  );
});
