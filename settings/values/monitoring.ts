import { z } from "../zod";
import { image, persistence, podFields, resources, servicePort } from "./fragments";

const duration = () =>
  z
    .string()
    .regex(/^\d+[smhdw]$/, { error: "must be a time such as 15s or 7d" })
    .meta({ title: "time" });

const seconds = () =>
  z
    .string()
    .regex(/^[1-9]\d*s$/, { error: "must be a time in seconds such as 10s" })
    .meta({ title: "seconds" });

const operatorObject = (kind: string) =>
  z
    .strictObject({
      enabled: z
        .boolean()
        .describe(`true: a ${kind} is made. The cluster must have Prometheus Operator's kinds.`),
      labels: z
        .record(z.string(), z.string())
        .describe("Labels by which the operator's Prometheus selects it."),
    })
    .describe(`The ${kind}, for a Prometheus of Prometheus Operator.`);

/** Schema of charts-values/monitoring.yaml. */
export const monitoring = z.strictObject({
  enabled: z
    .boolean()
    .describe(
      "true: an exporter, metrics of all pods, and what follows here. false: none of it is made, and Druid emits nothing.",
    ),
  exporter: z
    .strictObject({
      image: image().describe("Image of Node; the program is mounted from a ConfigMap."),
      pollInterval: seconds().describe("Time from one question to Kafka and Druid to the next."),
      resources: resources(),
      ...podFields,
    })
    .describe("The exporter, which tells the metrics of the streams, Kafka, Druid and Superset."),
  postgresExporter: z
    .strictObject({ image: image(), resources: resources() })
    .describe("The exporter beside the stack's own PostgreSQL, in the same pod."),
  runbookUrl: z
    .string()
    .min(1)
    .describe("Where docs/alerts.md is published: each alert's `runbook_url` is a heading of it."),
  prometheus: z
    .strictObject({
      enabled: z.boolean().describe("true: the stack has a Prometheus of its own."),
      image: image(),
      scrapeInterval: duration().describe("Time from one scrape of a pod to the next."),
      retention: z
        .strictObject({
          time: duration().describe("How long samples are kept."),
          size: z
            .string()
            .regex(/^\d+(MB|GB)$/, { error: "must be a size such as 512MB or 2GB" })
            .describe(
              "Size of the samples on disk from which the oldest go; below persistence.size.",
            ),
        })
        .describe("What is kept."),
      service: servicePort(),
      persistence: persistence(),
      resources: resources(),
      ...podFields,
    })
    .describe("Prometheus, which scrapes the stack's pods and tells alerts."),
  podMonitor: operatorObject("PodMonitor"),
  prometheusRule: operatorObject("PrometheusRule"),
  grafanaDashboards: z
    .strictObject({
      enabled: z
        .boolean()
        .describe("true: a ConfigMap with the dashboards of docs/grafana is made."),
      labels: z
        .record(z.string(), z.string())
        .describe("Labels by which the sidecar of Grafana's chart finds it."),
    })
    .describe("Dashboards for a Grafana that the cluster has already."),
});

export type MonitoringValues = z.output<typeof monitoring>;
