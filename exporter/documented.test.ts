import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { MessageBuffer } from "../producer/buffer";
import { createMetrics } from "../producer/metrics";
import { createRegistry } from "./exporter";
import { settingsForTest } from "./testing/settings";

/** The names in docs/metrics.md, without those of which the page has the form alone. */
const documented = [
  ...readFileSync(join(__dirname, "../docs/metrics.md"), "utf8").matchAll(
    /`((?:stream|kafka|druid|superset|producer|certificate|exporter)_[a-zA-Z0-9_]+)`/g,
  ),
].map(([, name]) => name);

test("docs/metrics.md names each metric of exporter and producer, and no other", async () => {
  const delivery = { acknowledged: 0, failures: 0 };
  const producer = createMetrics("shop", delivery, new MessageBuffer(1));
  const { registry } = createRegistry(settingsForTest);
  const names = [...registry.getMetricsAsArray(), ...producer.getMetricsAsArray()].map(
    ({ name }) => name,
  );
  assert.deepEqual([...new Set(documented)].sort(), names.sort());
});
