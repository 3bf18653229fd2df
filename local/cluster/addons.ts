import type { KubernetesObject } from "./api";
import { dnsServiceIp } from "./layout";

const namespace = "kube-system";
const dnsLabels = { "k8s-app": "kube-dns" };
const dnsUser = { apiGroup: "", kind: "ServiceAccount", name: "coredns", namespace };
const volumesRole = "realtime-analytics:local-volumes";
const dnsRole = "system:coredns";
const rbac = "rbac.authorization.k8s.io";

/** The objects that make a bare API server a usable cluster: names and volumes. */
export function addons(corednsImage: string): KubernetesObject[] {
  return [...volumes(), ...dns(corednsImage)];
}

function volumes(): KubernetesObject[] {
  return [
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: {
        name: "local-path",
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner: "realtime-analytics.local/volumes",
      reclaimPolicy: "Delete",
      volumeBindingMode: "WaitForFirstConsumer",
    },
    ...role(volumesRole, { apiGroup: rbac, kind: "User", name: volumesRole }, [
      rule(
        "",
        ["persistentvolumes"],
        ["get", "list", "watch", "create", "update", "patch", "delete"],
      ),
      rule("", ["persistentvolumeclaims"], ["get", "list", "watch", "update", "patch"]),
      rule("", ["nodes"], ["get", "list", "watch"]),
      rule("", ["events"], ["create", "update", "patch"]),
      rule("storage.k8s.io", ["storageclasses"], ["get", "list", "watch"]),
    ]),
  ];
}

function dns(image: string): KubernetesObject[] {
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "coredns", namespace } },
    ...role(dnsRole, dnsUser, [
      rule("", ["services", "namespaces"], ["list", "watch"]),
      rule("discovery.k8s.io", ["endpointslices"], ["list", "watch"]),
    ]),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "coredns", namespace },
      data: { Corefile: corefile },
    },
    dnsDeployment(image),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "kube-dns", namespace },
      spec: {
        clusterIP: dnsServiceIp,
        selector: dnsLabels,
        ports: ["UDP", "TCP"].map((protocol) => ({
          name: `dns-${protocol.toLowerCase()}`,
          port: 53,
          targetPort: 1053,
          protocol,
        })),
      },
    },
  ];
}

/**
 * Names outside of the cluster don't exist, said at once: pods have no way out, and a query that
 * runs into a time-out would cost each of them seconds.
 */
const corefile = `cluster.local:1053 in-addr.arpa:1053 ip6.arpa:1053 {
  errors
  loadbalance
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    ttl 5
  }
}
.:1053 {
  errors
  health :8080
  ready :8181
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`;

function dnsDeployment(image: string): KubernetesObject {
  const probe = (path: string, port: number) => ({ httpGet: { path, port }, periodSeconds: 2 });
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "coredns", namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: dnsLabels },
      template: {
        metadata: { labels: dnsLabels },
        spec: {
          serviceAccountName: "coredns",
          priorityClassName: "system-cluster-critical",
          dnsPolicy: "Default",
          terminationGracePeriodSeconds: 5,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
          containers: [
            {
              name: "coredns",
              image,
              imagePullPolicy: "Never",
              args: ["-conf", "/etc/coredns/Corefile"],
              resources: { requests: { cpu: "20m", memory: "30Mi" }, limits: { memory: "170Mi" } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"] },
              },
              livenessProbe: { ...probe("/health", 8080), periodSeconds: 10, failureThreshold: 5 },
              readinessProbe: probe("/ready", 8181),
              volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
            },
          ],
          volumes: [{ name: "config", configMap: { name: "coredns" } }],
        },
      },
    },
  };
}

function rule(group: string, resources: readonly string[], verbs: readonly string[]) {
  return { apiGroups: [group], resources, verbs };
}

function role(name: string, subject: object, rules: readonly object[]): KubernetesObject[] {
  return [
    { apiVersion: `${rbac}/v1`, kind: "ClusterRole", metadata: { name }, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name },
      subjects: [subject],
    },
  ];
}
