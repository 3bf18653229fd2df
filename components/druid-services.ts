import * as k8s from "@pulumi/kubernetes";
import type { DruidProcess } from "./druid-config";
import { type DruidParts, druidServiceName, headlessName } from "./druid-parts";
import { labels, selectorLabels } from "./labels";

/** Gives the pods of StatefulSets names of their own, before they are ready: they tell them to each other at once. */
export function createHeadlessService(parts: DruidParts): void {
  const { name, namespace, service, child } = parts;
  new k8s.core.v1.Service(
    `${name}-headless`,
    {
      metadata: {
        name: headlessName,
        namespace: namespace.name,
        labels: labels(service, "cluster"),
      },
      spec: {
        clusterIP: "None",
        publishNotReadyAddresses: true,
        selector: {
          "app.kubernetes.io/name": service.name,
          "app.kubernetes.io/instance": service.stack,
        },
        ports: [{ name: "http", port: 80, targetPort: "http" }],
      },
    },
    child,
  );
}

/** The Service of one process. */
export function createService(parts: DruidParts, process: DruidProcess): void {
  const { name, namespace, values, service, child } = parts;
  new k8s.core.v1.Service(
    `${name}-${process}-service`,
    {
      metadata: {
        name: druidServiceName(process),
        namespace: namespace.name,
        labels: labels(service, process),
      },
      spec: {
        selector: selectorLabels(service, process),
        ports: [{ name: "http", port: values[process].service.port, targetPort: "http" }],
      },
    },
    child,
  );
}

/** Lets a drain take one pod at a time; for a single pod it would block it for ever. */
export function createDisruptionBudget(parts: DruidParts, process: DruidProcess): void {
  const { name, namespace, values, service, child } = parts;
  if (values[process].replicaCount === 1) return;
  new k8s.policy.v1.PodDisruptionBudget(
    `${name}-${process}-disruption`,
    {
      metadata: {
        name: druidServiceName(process),
        namespace: namespace.name,
        labels: labels(service, process),
      },
      spec: { maxUnavailable: 1, selector: { matchLabels: selectorLabels(service, process) } },
    },
    child,
  );
}
