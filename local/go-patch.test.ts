import assert from "node:assert/strict";
import { test } from "node:test";
import { patchText, type SourcePatch } from "./go-patch";

const patch: SourcePatch = {
  module: "example.org/module",
  file: "wait.go",
  after: "read()\n",
  insert: "compare()\n",
};

test("a patch is inserted after its place", () => {
  assert.equal(patchText("read()\nend()\n", patch), "read()\ncompare()\nend()\n");
});

test("a file that a patch doesn't fit is named, with what was looked for", () => {
  assert.throws(() => patchText("end()\n", patch), {
    message:
      'the patch of example.org/module/wait.go does not fit it: "read()\\n" stands in it 0 times',
  });
  assert.throws(() => patchText("read()\nread()\n", patch), /stands in it 2 times/);
});
