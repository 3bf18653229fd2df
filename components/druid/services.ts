import * as k8s from "@pulumi/kubernetes";
import { labels } from "../kubernetes/labels";
import { clusterService, disruptionBudget, type Pods } from "../kubernetes/service";
import type { DruidProcess } from "./jvm";
import { type DruidParts, druidServiceName, headlessName } from "./parts";

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
  const { name, values, child } = parts;
  const ports = { http: values[process].service.port };
  clusterService(`${name}-${process}-service`, { ...podsOf(parts, process), ports }, child);
}

export function createDisruptionBudget(parts: DruidParts, process: DruidProcess): void {
  const { name, values, child } = parts;
  const { replicaCount } = values[process];
  disruptionBudget(
    `${name}-${process}-disruption`,
    { ...podsOf(parts, process), replicaCount },
    child,
  );
}

function podsOf({ namespace, service }: DruidParts, process: DruidProcess): Pods {
  return { name: druidServiceName(process), namespace, service, component: process };
}
