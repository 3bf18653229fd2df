import assert from "node:assert/strict";
import { test } from "node:test";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { createRegistry } from "./exporter";
import { OperationsEvents, sentMetrics } from "./operations";
import { settingsForTest } from "./testing/settings";

test("gauges are sent as they are, counters by what they grew, and other labels are summed up", async () => {
  const registry = new Registry();
  const registers = [registry];
  const lag = new Gauge({
    name: "stream_lag_events",
    help: "x",
    labelNames: ["stream"],
    registers,
  });
  const bad = new Counter({
    name: "stream_malformed_events_total",
    help: "x",
    labelNames: ["stream", "reason", "task"],
    registers,
  });
  const events = new OperationsEvents(registry);
  lag.set({ stream: "shop" }, 3);
  bad.inc({ stream: "shop", reason: "unparseable", task: "a" }, 5);
  const event = { at: 7, metric: "stream_lag_events", subject: "shop", value: 3 };
  assert.deepEqual(await events.next(7), [event]);
  bad.inc({ stream: "shop", reason: "unparseable", task: "a" }, 1);
  bad.inc({ stream: "shop", reason: "unparseable", task: "b" }, 2);
  assert.deepEqual(await events.next(8), [
    { ...event, at: 8 },
    { at: 8, metric: "stream_malformed_events_total", subject: "shop unparseable", value: 3 },
  ]);
});

test("of the JVM's memory only the heap is sent", async () => {
  const registry = new Registry();
  const used = new Gauge({
    name: "druid_jvm_mem_used",
    help: "x",
    labelNames: ["service", "memKind"],
    registers: [registry],
  });
  used.set({ service: "druid/broker", memKind: "heap" }, 1);
  used.set({ service: "druid/broker", memKind: "nonheap" }, 2);
  const [event] = await new OperationsEvents(registry).next(0);
  assert.deepEqual(event, {
    at: 0,
    metric: "druid_jvm_mem_used",
    subject: "druid/broker",
    value: 1,
  });
});

test("of a histogram it is sent how many were observed", async () => {
  const registry = new Registry();
  const labelNames = ["service", "dataSource"];
  const registers = [registry];
  const time = new Histogram({ name: "druid_query_time", help: "x", labelNames, registers });
  const events = new OperationsEvents(registry);
  const observe = (dataSource: string) => time.observe({ service: "druid/broker", dataSource }, 5);
  observe("demo");
  assert.deepEqual(await events.next(0), []);
  for (const dataSource of ["demo", "orders"]) observe(dataSource);
  const event = { at: 1, metric: "druid_query_time_count", subject: "druid/broker", value: 2 };
  assert.deepEqual(await events.next(1), [event]);
});

test("each metric that is sent is one of the exporter's", () => {
  const { registry } = createRegistry(settingsForTest);
  for (const { metric } of sentMetrics) assert.ok(registry.getSingleMetric(metric), metric);
});
