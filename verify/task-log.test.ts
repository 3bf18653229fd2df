import assert from "node:assert/strict";
import { test } from "node:test";
import { warningsOf } from "./task-log";

test("warnings and errors are shown, each text once at its last place, without stack traces", () => {
  const log = [
    "2026-01-01T00:00:00.000Z WARN [main] NetworkClient - Connection to node -1 could not be established",
    "2026-01-01T00:00:01.000Z INFO [main] Appenderator - Persisted",
    "2026-01-01T00:00:02.000Z ERROR [main] Runner - Failed",
    "java.lang.IllegalStateException: WARN",
    "\tat org.example.Class.method(Class.java:1)",
    "2026-01-01T00:00:03.000Z WARN [main] NetworkClient - Connection to node -1 could not be established",
  ].join("\n");
  assert.deepEqual(warningsOf(log), [
    "2026-01-01T00:00:02.000Z ERROR [main] Runner - Failed",
    "2026-01-01T00:00:03.000Z WARN [main] NetworkClient - Connection to node -1 could not be established",
  ]);
});
