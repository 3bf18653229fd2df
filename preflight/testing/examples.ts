import type { DeclaredPods } from "../declared";
import type { NamespaceFact, Node, Pod } from "../facts";
import type { Amounts } from "../quantity";

const gibibyte = 2 ** 30;

/** @param memory in GiB */
export const amounts = (cpu: number, memory: number): Amounts => ({
  cpu,
  memory: memory * gibibyte,
});

export const declaredPods = (changes: Partial<DeclaredPods> = {}): DeclaredPods => ({
  name: "kafka",
  app: "kafka",
  isJob: false,
  count: 1,
  requests: amounts(1, 1),
  labels: { "app.kubernetes.io/name": "kafka" },
  images: ["docker.io/apache/kafka:4.3.1"],
  nodeSelector: {},
  tolerations: [],
  hasNodeAffinity: false,
  ...changes,
});

export const node = (name: string, changes: Partial<Node> = {}): Node => ({
  name,
  labels: { "kubernetes.io/arch": "amd64" },
  unschedulable: false,
  taints: [],
  allocatable: amounts(4, 8),
  ...changes,
});

export const pod = (changes: Partial<Pod> = {}): Pod => ({
  name: "kafka-0",
  namespace: "analytics",
  labels: { "app.kubernetes.io/name": "kafka", "app.kubernetes.io/instance": "dev" },
  phase: "Running",
  nodeName: "one",
  nodeSelector: {},
  images: ["docker.io/apache/kafka:4.3.1"],
  requests: amounts(1, 1),
  ...changes,
});

export const namespace = (
  labels: Record<string, string>,
  changes: Partial<NamespaceFact> = {},
): NamespaceFact => ({
  metadata: { name: "analytics", labels },
  status: { conditions: [] },
  ...changes,
});
