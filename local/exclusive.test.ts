import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { exclusively } from "./exclusive";

const folder = mkdtempSync(join(tmpdir(), "lock-"));
const file = join(folder, "lock");
after(() => rmSync(folder, { recursive: true }));

test("two tasks don't overlap", async () => {
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
});

test("waiting ends, naming who holds the file, and a killed one holds it no more", async () => {
  const code = `require("./exclusive").exclusively(process.argv[1], "tests", () => {
    console.log("holds it");
    return new Promise((resolve) => setTimeout(resolve, 60_000));
  })`;
  const holder = spawn(process.execPath, ["--import", "tsx", "-e", code, file], { cwd: __dirname });
  await once(holder.stdout, "data");
  await assert.rejects(
    exclusively(file, "tests too", async () => "never", 0),
    {
      message: `process ${holder.pid}, which tests too, has held ${file} for 0 s: see what it does, end it, then try again`,
    },
  );
  holder.kill("SIGKILL");
  await once(holder, "exit");
  assert.equal(await exclusively(file, "tests", async () => "done", 10), "done");
});

test("a task that fails frees the file", async () => {
  const failing = exclusively(file, "tests", () => Promise.reject(new Error("no")));
  await assert.rejects(failing, { message: "no" });
  assert.equal(await exclusively(file, "tests", async () => "done", 0), "done");
});
