/** What is kept of the metrics that Druid's processes emit (druid.apache.org, "Metrics"). */

export interface DruidMetric {
  /** counter: Druid tells how many there were since it told last. */
  readonly kind: "gauge" | "counter" | "histogram";
  /** Labels besides `service`, by Druid's own names of the dimensions. */
  readonly labels: readonly ("dataSource" | "host" | "memKind")[];
}

const group = (
  kind: DruidMetric["kind"],
  labels: DruidMetric["labels"],
  names: string,
): [string, DruidMetric][] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => [name, { kind, labels }]);

/** By Druid's names. */
export const druidMetrics: ReadonlyMap<string, DruidMetric> = new Map([
  ...group("gauge", ["dataSource"], "ingest/kafka/lag ingest/kafka/maxLag"),
  ...group(
    "counter",
    ["dataSource"],
    `ingest/events/processed ingest/events/unparseable ingest/events/processedWithError
    ingest/events/thrownAway task/success/count task/failed/count`,
  ),
  ...group("gauge", ["dataSource"], "task/running/count"),
  ...group("gauge", [], "taskSlot/total/count taskSlot/idle/count taskSlot/used/count"),
  ...group(
    "gauge",
    ["dataSource"],
    "segment/count segment/size segment/unavailable/count segment/used segment/usedPercent",
  ),
  ...group("histogram", ["dataSource"], "query/time"),
  ...group("counter", [], "query/success/count query/failed/count"),
  ...group("gauge", ["host", "memKind"], "jvm/mem/used jvm/mem/max"),
]);

/** As Druid's Prometheus emitter writes it. */
export const prometheusName = (metric: string) => `druid_${metric.replaceAll("/", "_")}`;
