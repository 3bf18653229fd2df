import assert from "node:assert/strict";
import { test } from "node:test";
import { renderTable, wrap } from "./table";

const table = {
  columns: [
    { title: "pod" },
    { title: "restarts", align: "right" as const },
    { title: "age", optional: 1 },
    { title: "image", optional: 2 },
  ],
  rows: [
    ["kafka-0", "0", "12m", "kafka:4.3.1"],
    ["druid-coordinator-0", "11", "3h", "druid:33.0.0"],
  ],
};

test("columns are as wide as their widest cell, and numbers are to the right", () => {
  assert.deepEqual(renderTable(table, 80), [
    "pod                  restarts  age  image",
    "kafka-0                     0  12m  kafka:4.3.1",
    "druid-coordinator-0        11  3h   druid:33.0.0",
  ]);
});

test("a narrow terminal leaves out optional columns, and then cuts the widest one", () => {
  assert.deepEqual(renderTable(table, 40)[2], "druid-coordinator-0        11  3h");
  assert.deepEqual(renderTable(table, 24), [
    "pod             restarts",
    "kafka-0                0",
    "druid-coordin…        11",
  ]);
  for (const width of [24, 30, 50, 100]) {
    for (const line of renderTable(table, width)) assert.ok(line.length <= width, line);
  }
});

test("a sentence is broken between words, and goes on with the indent", () => {
  assert.deepEqual(wrap("! pod kafka-0 is not ready", 14, "  "), [
    "! pod kafka-0",
    "  is not ready",
  ]);
});
