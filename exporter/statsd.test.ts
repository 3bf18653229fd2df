import assert from "node:assert/strict";
import { test } from "node:test";
import { Registry } from "prom-client";
import { StatsdLines } from "./statsd";

async function told(...packets: string[]): Promise<string[]> {
  const registry = new Registry();
  const lines = new StatsdLines(registry);
  for (const packet of packets) lines.add(packet);
  return (await registry.metrics()).split("\n").filter((line) => /^[^#]/.test(line));
}

test("counters, gauges and timers have names that Prometheus takes", async () => {
  const lines = await told(
    "DashboardRestApi.get.success:1|c\nDashboardRestApi.get.success:1|c|@0.5",
    "DashboardRestApi.get.time:12.5|ms",
    "cache/size:3|g\n",
  );
  assert.deepEqual(lines, [
    "superset_DashboardRestApi_get_success_total 3",
    "superset_DashboardRestApi_get_time_milliseconds_sum 12.5",
    "superset_DashboardRestApi_get_time_milliseconds_count 1",
    "superset_cache_size 3",
  ]);
});

test("what is no line of statsd is passed over, and what counts never falls", async () => {
  assert.deepEqual(await told("", "a", "a:b|c", "a:1|x", "a:1|c|@x", "a:-1|c"), [
    "superset_a_total 0",
  ]);
});

test("ever new names do not fill the memory", async () => {
  const packets = Array.from({ length: 2_000 }, (_, index) => `name${index}:1|c`);
  assert.equal((await told(...packets)).length, 500);
});
