import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Registry } from "prom-client";
import { DruidEvents } from "./druid-events";

const streams = [{ name: "shop", topic: "shop.orders", datasource: "orders" }];
/** As Druid 33's HTTP emitter posts it. */
const event = (metric: string, value: number, more: Record<string, unknown> = {}) => ({
  feed: "metrics",
  metric,
  service: "druid/coordinator",
  host: "druid-coordinator-0:8081",
  version: "33.0.0",
  value,
  timestamp: "2026-01-31T10:00:00.000Z",
  ...more,
});

function receiver(now?: () => number) {
  const registry = new Registry();
  const events = new DruidEvents(registry, streams, now);
  const lines = async (name: string) =>
    (await registry.metrics()).split("\n").filter((line) => line.startsWith(name));
  return { events, lines };
}

describe("Druid's events", () => {
  it("become metrics of Druid's own names", async () => {
    const { events, lines } = receiver();
    const batch = [
      event("segment/unavailable/count", 3, { dataSource: "orders" }),
      event("query/time", 120, { dataSource: ["orders", "demo"], service: "druid/broker" }),
      event("taskSlot/idle/count", 2, { category: "_default_worker_category" }),
      event("jvm/mem/used", 1_000, { memKind: "heap" }),
    ];
    assert.equal(events.add(batch), 4);
    assert.deepEqual(await lines("druid_segment_unavailable_count"), [
      'druid_segment_unavailable_count{service="druid/coordinator",dataSource="orders"} 3',
    ]);
    assert.deepEqual(await lines("druid_query_time_sum"), [
      'druid_query_time_sum{service="druid/broker",dataSource="orders,demo"} 120',
    ]);
    assert.deepEqual(await lines("druid_taskSlot_idle_count"), [
      'druid_taskSlot_idle_count{service="druid/coordinator"} 2',
    ]);
    assert.deepEqual(await lines("druid_jvm_mem_used"), [
      'druid_jvm_mem_used{service="druid/coordinator",host="druid-coordinator-0:8081",memKind="heap"} 1000',
    ]);
  });

  it("that tell how many there were since the last time are added up, from 0 on", async () => {
    const { events, lines } = receiver();
    const failed = 'druid_task_failed_count{service="druid/coordinator",dataSource="orders"}';
    assert.deepEqual(await lines("druid_task_failed_count"), [`${failed} 0`]);
    events.add([event("task/failed/count", 2, { dataSource: "orders" })]);
    events.add([event("task/failed/count", 1, { dataSource: "orders" })]);
    assert.deepEqual(await lines("druid_task_failed_count"), [`${failed} 3`]);
  });

  it("of a stream's tasks are the stream's counters, and copies of a task count once", async () => {
    const { events, lines } = receiver();
    const copies = ["index_kafka_orders_1f2e_abcdefgh", "index_kafka_orders_1f2e_ijklmnop"];
    // TaskRealtimeMetricsMonitor gives each dimension as a list of one.
    const task = (id: string | undefined) => ({
      dataSource: ["orders"],
      ...(id && { taskId: [id] }),
    });
    const tell = (taskId: string | undefined, unparseable: number, wrong: number) =>
      events.add([
        event("ingest/events/processed", 10, task(taskId)),
        event("ingest/events/unparseable", unparseable, task(taskId)),
        event("ingest/events/processedWithError", wrong, task(taskId)),
      ]);
    for (const copy of copies) tell(copy, 2, 1);
    tell(copies[1], 1, 0);
    assert.deepEqual(await lines("stream_malformed_events_total"), [
      'stream_malformed_events_total{stream="shop",reason="wrong_value"} 1',
      'stream_malformed_events_total{stream="shop",reason="unparseable"} 3',
    ]);
    // Rows with a wrong value are rows.
    assert.deepEqual(await lines("stream_events_processed_total"), [
      'stream_events_processed_total{stream="shop"} 21',
    ]);
  });

  it("of which there is no metric are passed over", () => {
    const { events } = receiver();
    const alert = { feed: "alerts", service: "druid/broker", description: "an alert" };
    assert.equal(
      events.add([alert, event("jvm/gc/count", 1), "text", event("query/time", NaN)]),
      0,
    );
    assert.throws(() => events.add({ metric: "query/time" }));
  });

  it("of a datasource that is gone are forgotten after some minutes", async () => {
    let now = 0;
    const { events, lines } = receiver(() => now);
    events.add([event("segment/count", 3, { dataSource: "orders" })]);
    now = 100_000;
    events.add([event("segment/count", 1, { dataSource: "demo" })]);
    assert.equal((await lines("druid_segment_count")).length, 2);
    now = 130_000;
    events.add([]);
    assert.deepEqual(await lines("druid_segment_count"), [
      'druid_segment_count{service="druid/coordinator",dataSource="demo"} 1',
    ]);
  });

  it("of ever new datasources do not fill the memory", async () => {
    const { events, lines } = receiver();
    const batch = Array.from({ length: 6_000 }, (_, index) =>
      event("segment/count", 1, { dataSource: `made-up-${index}` }),
    );
    assert.ok(events.add(batch) < 5_000);
    assert.ok((await lines("druid_segment_count")).length < 5_000);
  });
});
