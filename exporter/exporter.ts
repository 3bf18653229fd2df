import { X509Certificate } from "node:crypto";
import { Counter, Gauge, Registry } from "prom-client";
import { Druid } from "../verify/druid";
import { DruidEvents } from "./druid-events";
import { KafkaMetrics } from "./kafka";
import { OperationsEvents, OperationsSender } from "./operations";
import { repeat } from "./repeat";
import { receiveDruidEvents, receiveStatsd, serveMetrics } from "./server";
import type { ExporterSettings } from "./settings";
import { StatsdLines } from "./statsd";
import { StreamMetrics } from "./streams";

/** TCP for metrics and Druid's events, UDP for statsd. */
export interface ExporterPorts {
  readonly metrics: number;
  readonly druid: number;
  readonly statsd: number;
}

/** Groups and disks change slowly. */
const slowly = 3;

/** All metrics, and what fills them. */
export function createRegistry(settings: ExporterSettings) {
  const registry = new Registry();
  const { streams, certificates, superset } = settings;
  tellCertificates(registry, certificates);
  return {
    registry,
    errors: new Counter({
      name: "exporter_scrape_errors_total",
      help: "Questions of the exporter that failed.",
      labelNames: ["source"],
      registers: [registry],
    }),
    events: new DruidEvents(registry, streams),
    statsd: new StatsdLines(registry),
    streamMetrics: new StreamMetrics(registry, streams),
    kafka: new KafkaMetrics(registry, settings.kafka),
    askSuperset: supersetProbe(registry, superset.url),
  };
}

/** Tells the metrics until `signal` aborts. */
export async function runExporter(
  settings: ExporterSettings,
  ports: ExporterPorts,
  signal: AbortSignal,
): Promise<void> {
  const { streams, pollMs } = settings;
  const { registry, errors, events, statsd, streamMetrics, kafka, askSuperset } =
    createRegistry(settings);
  const servers = [
    await serveMetrics(ports.metrics, registry),
    await receiveDruidEvents(ports.druid, (batch) => events.add(batch)),
    await receiveStatsd(ports.statsd, (packet) => statsd.add(packet)),
  ];
  const operations = new OperationsEvents(registry);
  const sender = new OperationsSender(settings.kafka, settings.operations);
  const common = { errors, signal, timeoutMs: 2 * pollMs, pauseMs: pollMs };
  const slow = { ...common, pauseMs: slowly * pollMs };
  const topics = streams.map(({ topic }) => topic);
  await Promise.all([
    repeat({ ...common, source: "kafka" }, async () => {
      await kafka.readOffsets(topics, (topic, offsets) => {
        for (const one of streams.filter((stream) => stream.topic === topic)) {
          streamMetrics.addKafka(one.name, offsets);
        }
      });
      await kafka.readTopics();
    }),
    repeat({ ...slow, source: "groups" }, () => kafka.readGroups()),
    settings.hasDisks ? repeat({ ...slow, source: "disks" }, () => kafka.readLogDirs()) : undefined,
    repeat({ ...common, source: "streams" }, () => readStreams(settings, streamMetrics)),
    repeat({ ...common, source: "superset" }, askSuperset),
    settings.operations.length > 0
      ? repeat({ ...common, source: "operations" }, async () =>
          sender.send(await operations.next(Date.now())),
        )
      : undefined,
  ]);
  await sender.close();
  for (const server of servers) server.close();
}

/** @throws Error with all that Druid did not answer; the rest is taken */
async function readStreams(
  { druidUrl, streams }: ExporterSettings,
  metrics: StreamMetrics,
): Promise<void> {
  const druid = new Druid(druidUrl);
  const asked = await Promise.allSettled(
    streams.flatMap(({ name, datasource }) => [
      druid.status(datasource).then(
        (status) => metrics.addSupervisor(name, status ?? "missing"),
        (error: unknown) => {
          metrics.addSupervisor(name, undefined);
          throw error;
        },
      ),
      druid.newestEvent(datasource).then((newest) => metrics.addNewest(name, newest)),
    ]),
  );
  const failures = asked.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
  if (failures.length > 0) throw new Error([...new Set(failures)].join("; "));
}

function supersetProbe(registry: Registry, url: string): () => Promise<void> {
  const up = new Gauge({
    name: "superset_up",
    help: "1 if Superset answers /health.",
    registers: [registry],
  });
  // Until the first answer it is not known.
  up.remove();
  return async () => {
    try {
      const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) });
      await response.arrayBuffer();
      up.set(response.ok ? 1 : 0);
    } catch {
      // This metric is what tells it.
      up.set(0);
    }
  };
}

function tellCertificates(
  registry: Registry,
  certificates: Readonly<Record<string, string>>,
): void {
  const expiry = new Gauge({
    name: "certificate_expiry_timestamp_seconds",
    help: "When the certificate runs out, in seconds since the epoch.",
    labelNames: ["service"],
    registers: [registry],
  });
  for (const [service, pem] of Object.entries(certificates)) {
    expiry.set({ service }, Date.parse(new X509Certificate(pem).validTo) / 1000);
  }
}
