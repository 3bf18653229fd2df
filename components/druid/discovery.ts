import * as k8s from "@pulumi/kubernetes";
import { labels } from "../kubernetes/labels";
import type { DruidParts } from "./parts";

/**
 * The account by which Druid's pods find each other and elect a leader through Kubernetes' API: they label themselves,
 * watch each other, and hold the lock in a ConfigMap (druid.apache.org, "Kubernetes").
 *
 * @returns undefined where discovery is by ZooKeeper
 */
export function createDiscoveryAccount(parts: DruidParts): k8s.core.v1.ServiceAccount | undefined {
  const { name, namespace, values, service, child } = parts;
  if (values.discovery !== "kubernetes") return undefined;
  const metadata = {
    name: "druid",
    namespace: namespace.name,
    labels: labels(service, "discovery"),
  };
  const account = new k8s.core.v1.ServiceAccount(
    `${name}-account`,
    { metadata, automountServiceAccountToken: false },
    child,
  );
  const role = new k8s.rbac.v1.Role(
    `${name}-role`,
    {
      metadata,
      rules: [
        { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch", "patch"] },
        { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "create", "update", "patch"] },
      ],
    },
    child,
  );
  new k8s.rbac.v1.RoleBinding(
    `${name}-role-binding`,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subjects: [
        { kind: "ServiceAccount", name: account.metadata.name, namespace: namespace.name },
      ],
    },
    child,
  );
  return account;
}
