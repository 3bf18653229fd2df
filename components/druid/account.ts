import * as k8s from "@pulumi/kubernetes";
import type { DruidValues } from "../../settings";
import type { App } from "../kubernetes/app";

/**
 * The account by which Druid's pods find each other and elect a leader through Kubernetes' API: they label themselves,
 * watch each other, and hold the lock in a ConfigMap (druid.apache.org, "Kubernetes").
 *
 * @returns undefined where discovery is by ZooKeeper
 */
export function createDiscoveryAccount(
  app: App,
  { discovery }: DruidValues,
): k8s.core.v1.ServiceAccount | undefined {
  if (discovery !== "kubernetes") return undefined;
  const { resourceName, namespace, options } = app;
  const metadata = app.metadata("discovery", "druid");
  const account = new k8s.core.v1.ServiceAccount(
    `${resourceName}-account`,
    { metadata, automountServiceAccountToken: false },
    options,
  );
  const role = new k8s.rbac.v1.Role(
    `${resourceName}-role`,
    {
      metadata,
      rules: [
        { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch", "patch"] },
        { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "create", "update", "patch"] },
      ],
    },
    options,
  );
  new k8s.rbac.v1.RoleBinding(
    `${resourceName}-role-binding`,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subjects: [
        { kind: "ServiceAccount", name: account.metadata.name, namespace: namespace.name },
      ],
    },
    options,
  );
  return account;
}
