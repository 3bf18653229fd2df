import type { Properties } from "./environment";
import type { DruidProcess } from "./jvm";

const serverMetrics = "org.apache.druid.server.metrics";
const jvmMonitor = "org.apache.druid.java.util.metrics.JvmMonitor";
/** What a process counts besides the JVM. The supervisors and the tasks tell theirs by themselves. */
const monitors: Readonly<Partial<Record<DruidProcess, readonly string[]>>> = {
  coordinator: [
    `${serverMetrics}.TaskCountStatsMonitor`,
    `${serverMetrics}.TaskSlotCountStatsMonitor`,
  ],
  broker: [`${serverMetrics}.QueryCountStatsMonitor`],
  historical: [`${serverMetrics}.HistoricalMetricsMonitor`],
};

/**
 * How a process tells its metrics (druid.apache.org, "HTTP emitter"). It puts events into a buffer, which a thread of its own posts. While
 * nobody takes them, it keeps `batchQueueSizeLimit` batches and drops the oldest, so that neither memory nor work depends on
 * the receiver; and it ends without waiting for it.
 *
 * @param url where it posts. Undefined: it tells nothing.
 */
export function emitterProperties(process: DruidProcess, url: string | undefined): Properties {
  if (url === undefined) return { "druid.emitter": "noop" };
  return {
    "druid.emitter": "http",
    "druid.emitter.http.recipientBaseUrl": url,
    // All times in ms.
    "druid.emitter.http.flushMillis": 5_000,
    "druid.emitter.http.flushCount": 500,
    "druid.emitter.http.flushTimeOut": 1_000,
    // Two batches of little more than the largest event, below which Druid does not start.
    "druid.emitter.http.maxBatchSize": 1_100_000,
    "druid.emitter.http.batchQueueSizeLimit": 2,
    "druid.monitoring.emissionPeriod": "PT15S",
    "druid.monitoring.monitors": JSON.stringify([jvmMonitor, ...(monitors[process] ?? [])]),
  };
}
