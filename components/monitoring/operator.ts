import * as k8s from "@pulumi/kubernetes";
import type { MonitoringValues } from "../../settings";
import type { Namespace } from "../kubernetes/namespace";
import type { RuleFile } from "./alerts";

export interface OperatorArgs {
  readonly namespace: Namespace;
  readonly values: Pick<MonitoringValues, "podMonitor" | "prometheusRule" | "prometheus">;
  readonly rules: RuleFile;
}

/** Metadata of an object that somebody else's program finds by these labels. */
export function foundByLabels(namespace: Namespace, name: string, labels: Record<string, string>) {
  return {
    name,
    namespace: namespace.name,
    labels: {
      "app.kubernetes.io/instance": namespace.stack,
      "app.kubernetes.io/part-of": "realtime-analytics",
      "app.kubernetes.io/managed-by": "pulumi",
      ...labels,
    },
  };
}

/** The same scrapes and alerts for a Prometheus of Prometheus Operator, as its PodMonitor and PrometheusRule. */
export function createOperatorObjects(name: string, args: OperatorArgs): void {
  const { namespace, values, rules } = args;
  const options = namespace.childOptions;
  const apiVersion = "monitoring.coreos.com/v1";
  const metadata = (labels: Record<string, string>) =>
    foundByLabels(namespace, "realtime-analytics", labels);
  if (values.prometheusRule.enabled) {
    new k8s.apiextensions.CustomResource(
      `${name}-rule`,
      {
        apiVersion,
        kind: "PrometheusRule",
        metadata: metadata(values.prometheusRule.labels),
        spec: rules,
      },
      options,
    );
  }
  if (values.podMonitor.enabled) {
    new k8s.apiextensions.CustomResource(
      `${name}-pods`,
      {
        apiVersion,
        kind: "PodMonitor",
        metadata: metadata(values.podMonitor.labels),
        spec: {
          selector: { matchLabels: { "app.kubernetes.io/instance": namespace.stack } },
          podMetricsEndpoints: [
            {
              port: "metrics",
              interval: values.prometheus.scrapeInterval,
              // The alerts tell the pods apart by the labels that the stack's own Prometheus gives.
              relabelings: [
                {
                  sourceLabels: ["__meta_kubernetes_pod_label_app_kubernetes_io_name"],
                  targetLabel: "app",
                },
                {
                  sourceLabels: ["__meta_kubernetes_pod_label_app_kubernetes_io_component"],
                  targetLabel: "component",
                },
              ],
            },
          ],
        },
      },
      options,
    );
  }
}
