import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { exclusively } from "./exclusive";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lock-"));
  file = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("two tasks don't overlap, and no file is left at the end", async () => {
  const events: string[] = [];
  const task = (name: string) =>
    exclusively(file, "tests", async () => {
      events.push(`${name} starts`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      events.push(`${name} ends`);
    });
  await Promise.all([task("a"), task("b")]);
  assert.equal(events.length, 4);
  assert.equal(events[0]?.charAt(0), events[1]?.charAt(0));
  assert.deepEqual(readdirSync(folder), []);
});

test("the file of a dead process, or without one, is taken over", async () => {
  for (const text of [String(spawnSync("true").pid), ""]) {
    writeFileSync(file, text);
    assert.equal(await exclusively(file, "tests", async () => "done"), "done");
  }
});

test("a task that fails frees the file", async () => {
  const failing = exclusively(file, "tests", () => Promise.reject(new Error("no")));
  await assert.rejects(failing, { message: "no" });
  assert.equal(existsSync(file), false);
});

test("waiting ends, naming who holds the file", async () => {
  writeFileSync(file, String(process.ppid));
  await assert.rejects(
    exclusively(file, "tests too", async () => "never", 0),
    {
      message: `process ${process.ppid}, which tests too, has held ${file} for 0 s: see what it does, end it, then try again`,
    },
  );
});
