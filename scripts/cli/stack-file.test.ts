import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { project } from "../../settings/config-key";
import { StackFile } from "./stack-file";

const folder = mkdtempSync(join(tmpdir(), "stack-file-"));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, "Pulumi.some.yaml");
const salt = "encryptionsalt: v1:abc=:v1:def:ghi==\n";

/** What the file is after a command that found one text and left another. */
function restored(before: string, after: string, isEmbedded = true): string {
  writeFileSync(path, before);
  const file = new StackFile(path, isEmbedded);
  writeFileSync(path, after);
  file.restore();
  return readFileSync(path, "utf8");
}

test("the salt that the CLI writes goes, and the file is what it was, byte for byte", () => {
  const committed = "# Why.\nconfig:\n  a:b: c\n";
  assert.equal(restored(committed, `${committed}${salt}`), committed);
  assert.equal(restored("config: {}\n", salt), "config: {}\n");
});

test("a salt that a killed run has left goes with the next", () => {
  const committed = "config:\n  a:b: c\n";
  assert.equal(restored(`${committed}${salt}`, `${committed}${salt}`), committed);
});

test("what a command set stays, without the salt", () => {
  const set = "config:\n  a:b: c\n  a:d: e\n";
  assert.equal(restored("config:\n  a:b: c\n", `${set}${salt}`), set);
});

test("values stay as they were committed where the CLI writes the project's name before the keys", () => {
  const committed = "# Why.\nconfig:\n  a:b: c\n  one: true # so\n  two: 2\n";
  const written = `# Why.\nconfig:\n  a:b: c\n  ${project}:one: "true"\n`;
  assert.equal(restored(committed, `${written}  ${project}:two: "2"\n${salt}`), committed);
  assert.equal(
    restored(committed, `${written}  ${project}:three: x\n  ${project}:two: "3"\n${salt}`),
    `${committed.replace("two: 2", 'two: "3"')}  three: x\n`,
  );
  assert.equal(restored(committed, `${written}${salt}`), committed.replace("  two: 2\n", ""));
});

test("where a secret stands in the file, so does the salt that opens it", () => {
  const withSecret = `config:\n  a:b:\n    secure: v1:xyz\n${salt}`;
  assert.equal(restored("config: {}\n", withSecret), withSecret);
});

test("another stack's file is the CLI's", () => {
  assert.equal(restored("config: {}\n", salt, false), salt);
});
