/** Name of the port of a pod's metrics, by which a PodMonitor finds it. */
export const metricsPortName = "metrics";

/** Annotations by which Prometheus finds a pod's metrics. */
export function scrapeAnnotations(port: number): Record<string, string> {
  return {
    "prometheus.io/scrape": "true",
    "prometheus.io/port": String(port),
    "prometheus.io/path": "/metrics",
  };
}
