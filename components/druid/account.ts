import * as k8s from "@pulumi/kubernetes";
import type { DruidValues } from "../../settings";
import type { App } from "../kubernetes/app";
import { allow } from "../kubernetes/role";
import type { DruidProcess } from "./jvm";
import { druidServiceName } from "./workload";

/**
 * The account of Druid's pods: for a cloud's identity, by which they reach S3, and for discovery by Kubernetes' API.
 *
 * @returns undefined where neither is asked for
 */
export function createAccount(
  app: App,
  values: DruidValues,
): k8s.core.v1.ServiceAccount | undefined {
  const { annotations, create } = values.serviceAccount;
  const isDiscovery = values.discovery === "kubernetes";
  if (!isDiscovery && !create) return undefined;
  const account = new k8s.core.v1.ServiceAccount(
    `${app.resourceName}-account`,
    {
      metadata: { ...app.metadata("account", "druid"), annotations },
      automountServiceAccountToken: false,
    },
    app.options,
  );
  if (isDiscovery) allowDiscovery(app, values, account);
  return account;
}

/**
 * Druid's pods find each other and elect a leader through Kubernetes' API: they label themselves, watch each other, and hold
 * a lock in a ConfigMap for each role (druid.apache.org, "Kubernetes"). They may patch these pods and ConfigMaps alone. A
 * right to create can't be restricted to names.
 */
function allowDiscovery(app: App, values: DruidValues, account: k8s.core.v1.ServiceAccount): void {
  const locks = ["coordinator", "overlord"].map(
    (role) => `${clusterIdentifier(app.namespace.stack)}-leaderelection-${role}`,
  );
  allow(app, {
    metadata: app.metadata("account", "druid"),
    account,
    rules: [
      { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] },
      { apiGroups: [""], resources: ["pods"], resourceNames: podNames(values), verbs: ["patch"] },
      { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
      {
        apiGroups: [""],
        resources: ["configmaps"],
        resourceNames: locks,
        verbs: ["get", "update", "patch"],
      },
    ],
  });
}

/** druid.discovery.k8s.clusterIdentifier: the name of the cluster among those of a namespace. */
export function clusterIdentifier(stack: string): string {
  return `druid-${stack}`;
}

/** Of the StatefulSets: with discovery by Kubernetes, all processes are. */
function podNames(values: DruidValues): string[] {
  const processes: DruidProcess[] = ["coordinator", "broker", "historical", "indexer", "router"];
  return processes.flatMap((process) =>
    Array.from(
      { length: values[process].replicaCount },
      (_, index) => `${druidServiceName(process)}-${index}`,
    ),
  );
}
