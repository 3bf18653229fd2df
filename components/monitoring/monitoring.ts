import type { Stream } from "../../pipelines/declare/stream";
import type { Settings } from "../../settings";
import { alertRules, sizeOf } from "./alerts";
import { Exporter, type ExporterArgs } from "./exporter";
import { createGrafanaDashboards } from "./grafana";
import { createOperatorObjects } from "./operator";
import { Prometheus } from "./prometheus";

export interface MonitoringArgs extends Omit<ExporterArgs, "values"> {
  readonly settings: Pick<Settings, "config" | "druid" | "monitoring" | "postgres">;
  readonly streams: readonly Stream[];
}

/** What the values ask for of metrics and alerts: exporter, Prometheus, and objects of Prometheus Operator. */
export function createMonitoring({ settings, ...args }: MonitoringArgs): {
  prometheus?: Prometheus;
} {
  const { config, druid, monitoring, postgres } = settings;
  const { namespace } = args;
  if (!monitoring.enabled) return {};
  new Exporter("exporter", { ...args, values: monitoring.exporter });
  const rules = alertRules({
    runbookUrl: monitoring.runbookUrl,
    volumes: { postgres: sizeOf(postgres), prometheus: sizeOf(monitoring.prometheus) },
    druidServices: ["coordinator", "broker", "historical", druid.indexer.kind, "router"].map(
      (service) => `druid/${service}`,
    ),
    hasPostgres: config.postgresUrl === "",
  });
  createOperatorObjects("monitoring", { namespace, values: monitoring, rules });
  createGrafanaDashboards("monitoring", namespace, monitoring.grafanaDashboards);
  if (!monitoring.prometheus.enabled) return {};
  const values = monitoring.prometheus;
  return { prometheus: new Prometheus("prometheus", { namespace, values, rules }) };
}
