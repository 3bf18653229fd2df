import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../values";
import type { Operation, RunKind } from "./events";
import { shortDiff } from "./format";
import { summaryLines } from "./report";

// Word for word what the CLI prints of the same.

const step = {
  operation: "update",
  urn: "urn:pulumi:s::p::t::n",
  type: "t",
  name: "n",
  parent: "",
  detailedDiff: {},
} as const;

function summary(kind: RunKind, counts: [Operation, number][]) {
  return summaryLines({ kind, counts: new Map(counts), errored: 0, failed: false, seconds: 1 });
}

test("a preview counts creations, updates, deletions, replacements, and what stays", () => {
  const lines = summary("preview", [
    ["same", 46],
    ["replace", 4],
    ["delete", 3],
    ["update", 9],
    ["create", 4],
  ]);
  assert.deepEqual(lines, [
    "Resources:",
    "    + 4 to create",
    "    ~ 9 to update",
    "    - 3 to delete",
    "    +-4 to replace",
    "    20 changes. 46 unchanged",
    "",
  ]);
});

test("a refresh counts what has drifted as updated", () => {
  const lines = summary("refresh", [
    ["refresh", 1],
    ["same", 7],
  ]);
  assert.deepEqual(lines.slice(0, 3), ["Resources:", "    ~ 1 updated", "    7 unchanged"]);
});

test("an output that is empty is left out, unless it was not or will not be", () => {
  const olds = { context: "", gone: "x", list: [], token: new Secret("a") };
  const news = { context: "", gone: "", list: [], map: {}, token: new Secret("a") };
  const lines = summaryLines({
    kind: "update",
    outputs: { olds, news },
    counts: new Map(),
    errored: 0,
    failed: false,
    seconds: 1,
  });
  assert.deepEqual(lines.slice(0, 4), [
    "Outputs:",
    '  ~ gone : "x" => ""',
    "    token: [secret]",
    "",
  ]);
});

test("a short diff has what comes, what goes, and what changes, each with one sign", () => {
  const changedKeys = ["b", "mainDttmCol", "columns", "metrics", "a"];
  const olds = { mainDttmCol: "t", columns: [1], metrics: [] };
  const news = { a: 1, b: 2, columns: [2], metrics: [1] };
  assert.equal(
    shortDiff({ ...step, changedKeys, olds, news }),
    "[diff: +a,b-mainDttmCol~columns,metrics]",
  );
  assert.equal(shortDiff({ ...step, changedKeys: [] }), "");
});
