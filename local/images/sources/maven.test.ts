import assert from "node:assert/strict";
import { test } from "node:test";
import { folderOf } from "./maven";

test("a jar lies in its artifact's folder, else on the class path", () => {
  const folders = { "extensions/stream": ["stream-service", "kafka-clients"] };
  assert.equal(folderOf("kafka-clients-3.9.0.jar", folders), "extensions/stream");
  assert.equal(folderOf("stream-service-33.0.0-SNAPSHOT.jar", folders), "extensions/stream");
  assert.equal(folderOf("kafka-clients-extra-3.9.0.jar", folders), "jars");
  assert.equal(folderOf("kafka_2.13-4.3.1.jar", folders), "jars");
});
