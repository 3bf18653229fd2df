import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Registry } from "prom-client";
import type { SupervisorStatus } from "../resources/druid/api";
import { StreamMetrics } from "./streams";

const start = Date.parse("2026-01-31T10:00:00Z");
const running = (currentOffset: number, told: number): SupervisorStatus => ({
  state: "RUNNING",
  detailedState: "RUNNING",
  healthy: true,
  suspended: false,
  activeTasks: [
    {
      id: "index_kafka_shop_1_a",
      startTime: new Date(start).toISOString(),
      currentOffsets: { "0": currentOffset },
    },
  ],
  offsetsLastUpdated: new Date(told).toISOString(),
  recentErrors: [],
});

/** A stream that is looked at by a clock of the test's own. */
class Looked {
  now = start;
  private readonly registry = new Registry();
  readonly metrics = new StreamMetrics(
    this.registry,
    [{ name: "shop", topic: "shop.orders", datasource: "shop" }],
    () => this.now,
  );

  kafka(low: number, high: number): void {
    this.metrics.addKafka("shop", [{ partition: 0, low, high }]);
  }

  /** The samples of a metric, by its labels but for the stream. */
  async samples(name: string): Promise<Record<string, number>> {
    const text = await this.registry.getSingleMetricAsString(name);
    const lines = text.matchAll(/^\w+\{stream="shop",?([^}]*)\} (\S+)$/gm);
    return Object.fromEntries([...lines].map(([, labels, value]) => [labels, Number(value)]));
  }

  async value(name: string): Promise<number | undefined> {
    return Object.values(await this.samples(name))[0];
  }
}

describe("the metrics of a stream", () => {
  it("are absent until Kafka and Druid have answered", async () => {
    const stream = new Looked();
    for (const name of ["freshness_seconds", "lag_events", "lag_seconds", "supervisor_healthy"]) {
      assert.deepEqual(await stream.samples(`stream_${name}`), {}, name);
    }
  });

  it("tell lag, in events and seconds, and freshness at the moment of the scrape", async () => {
    const stream = new Looked();
    stream.kafka(10, 100);
    stream.metrics.addSupervisor("shop", running(100, stream.now));
    stream.metrics.addNewest("shop", start - 2_000);
    assert.equal(await stream.value("stream_lag_events"), 0);
    assert.equal(await stream.value("stream_lag_seconds"), 0);
    stream.now += 10_000;
    stream.kafka(10, 200);
    stream.now += 10_000;
    assert.equal(await stream.value("stream_lag_events"), 100);
    assert.equal(await stream.value("stream_lag_seconds"), 20);
    assert.equal(await stream.value("stream_freshness_seconds"), 22);
    assert.deepEqual(await stream.samples("stream_kafka_earliest_offset"), { 'partition="0"': 10 });
    assert.deepEqual(await stream.samples("stream_kafka_latest_offset"), { 'partition="0"': 200 });
    assert.deepEqual(await stream.samples("stream_druid_offset"), { 'partition="0"': 100 });
  });

  it("grow while the supervisor is suspended, which is not healthy", async () => {
    const stream = new Looked();
    stream.kafka(0, 100);
    stream.metrics.addSupervisor("shop", running(100, stream.now));
    assert.deepEqual(await stream.samples("stream_supervisor_healthy"), { 'state="RUNNING"': 1 });
    const suspended = {
      ...running(0, stream.now),
      detailedState: "SUSPENDED",
      suspended: true,
      activeTasks: [],
    };
    stream.metrics.addSupervisor("shop", suspended);
    stream.kafka(0, 130);
    assert.equal(await stream.value("stream_lag_events"), 30);
    assert.deepEqual(await stream.samples("stream_supervisor_healthy"), {
      'state="SUSPENDED"': 0,
    });
  });

  it("go on from what is known where Druid does not answer, and tell a missing supervisor", async () => {
    const stream = new Looked();
    stream.kafka(0, 100);
    stream.metrics.addSupervisor("shop", running(90, stream.now));
    stream.metrics.addSupervisor("shop", undefined);
    assert.equal(await stream.value("stream_lag_events"), 10);
    assert.deepEqual(await stream.samples("stream_supervisor_healthy"), {});
    stream.metrics.addSupervisor("shop", "missing");
    assert.deepEqual(await stream.samples("stream_supervisor_healthy"), { 'state="MISSING"': 0 });
  });

  it("call nothing lost that Druid read before Kafka deleted it", async () => {
    const stream = new Looked();
    stream.kafka(0, 100);
    stream.metrics.addSupervisor("shop", running(50, start + 5_000));
    assert.equal(await stream.value("stream_offset_lost_events"), 0);
    // Druid's offset of before, and what Kafka has deleted since.
    stream.now += 10_000;
    stream.kafka(80, 100);
    stream.metrics.addSupervisor("shop", running(50, start + 5_000));
    assert.equal(await stream.value("stream_offset_lost_events"), 0);
    stream.metrics.addSupervisor("shop", running(100, start + 15_000));
    assert.equal(await stream.value("stream_offset_lost_events"), 0);
  });

  it("count what Kafka deleted before Druid read it", async () => {
    const stream = new Looked();
    stream.kafka(80, 100);
    stream.metrics.addSupervisor("shop", running(50, start + 5_000));
    assert.equal(await stream.value("stream_offset_lost_events"), 30);
  });
});
