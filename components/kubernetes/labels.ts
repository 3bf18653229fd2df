/** What every object of one service has in common. */
export interface Service {
  /** Name of the software, such as `kafka`. */
  name: string;
  /** Version of the software. */
  version: string;
  /** Name of the stack. */
  stack: string;
}

/** Labels of all objects of the stack, as kubernetes.io ("Recommended Labels") has them. */
export function labels(service: Service, component: string): Record<string, string> {
  return {
    ...selectorLabels(service, component),
    "app.kubernetes.io/version": labelValue(service.version),
    "app.kubernetes.io/part-of": "realtime-analytics",
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

/** The labels that never change over a workload's life, so that its immutable selector can have them. */
export function selectorLabels(service: Service, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": service.name,
    "app.kubernetes.io/instance": service.stack,
    "app.kubernetes.io/component": component,
  };
}

/** Label values have 63 characters at most, of letters, digits, `-`, `_` and `.`; tags may have more. */
function labelValue(text: string): string {
  return text
    .replace(/[^\w.-]/g, "-")
    .slice(0, 63)
    .replace(/[-_.]+$/, "");
}
