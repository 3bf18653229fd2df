import assert from "node:assert/strict";
import { test } from "node:test";
import { measure, timestamp } from "./fields";
import { defineStream, type IngestionOptions } from "./stream";

test("a period that is none is named before anything is registered", () => {
  const declare = (ingestion: IngestionOptions) =>
    defineStream({ name: "kept", event: { at: timestamp() }, metrics: {}, ingestion });
  assert.throws(() => declare({ retention: "30 days" }), {
    message:
      'stream "kept": ingestion.retention must be an ISO-8601 period such as P30D or PT1H, is "30 days"',
  });
  assert.throws(
    () => declare({ compaction: { skipOffsetFromLatest: "P" } }),
    /skipOffsetFromLatest/,
  );
  assert.throws(() => declare({ taskDuration: "PT" }), /taskDuration/);
  assert.throws(() => declare({ taskDuration: "PT59S" }), /must be PT1M or more, is "PT59S"/);
  declare({
    retention: "P1Y6M",
    taskDuration: "PT1H30M",
    compaction: { skipOffsetFromLatest: "P2W" },
  });
});

test("a declaration that contradicts itself is refused", () => {
  const metrics = {};
  assert.throws(
    () => defineStream({ name: "Demo", event: { at: timestamp() }, metrics }),
    /stream "Demo": a name is/,
  );
  assert.throws(
    () => defineStream({ name: "a", event: { b: measure.integer() }, metrics }),
    /exactly one field must be a timestamp\(\), found none/,
  );
  assert.throws(
    () => defineStream({ name: "a", event: { b: timestamp(), c: timestamp() }, metrics }),
    /found b, c/,
  );
});
