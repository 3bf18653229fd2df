import type { DruidValues } from "../../settings";
import { portOf, type WayOut } from "../kubernetes/network";

/**
 * Where API servers listen, whose Service's port is translated before most networks look at it. 8443 is minikube's, 16443
 * MicroK8s'.
 */
export const apiServerPorts = [443, 6443, 8443, 16443];
const httpsPort = 443;

/** Where clouds hand out the credentials of a pod's identity, on the pod's own node. */
const linkLocalAddresses = ["169.254.0.0/16", "fe80::/10", "fd00:ec2::/32"];
/** 80: AWS (instance roles, Pod Identity) and Azure. 988: GKE before Dataplane V2. */
const credentialPorts = [80, 988];

/**
 * The ports of a MiddleManager's tasks, each of which is a process of its own. There are twice as many as tasks, so that one
 * that is not free again yet stops none.
 */
export function taskPorts({ indexer }: Pick<DruidValues, "indexer">) {
  const first = 8100;
  return { port: first, endPort: first + 2 * indexer.workerCapacity - 1 };
}

/**
 * What Druid's pods reach beyond the namespace: Kubernetes' API, S3, and, where there are no keys for S3, what a cloud's
 * identity needs.
 */
export function druidWaysOut(values: DruidValues, hasS3Keys: boolean): WayOut[] {
  const { discovery, deepStorage } = values;
  const isS3 = deepStorage.type === "s3";
  const hasIdentity = isS3 && !hasS3Keys;
  const ports = new Set([
    ...(discovery === "kubernetes" ? apiServerPorts : []),
    ...(isS3 ? [portOf(deepStorage.s3.endpoint)] : []),
    // The token service.
    ...(hasIdentity ? [httpsPort] : []),
  ]);
  const from = "druid";
  const listed = (numbers: Iterable<number>) => [...numbers].map((port) => ({ port }));
  return [
    ...(ports.size > 0 ? [{ from, ports: listed(ports) }] : []),
    ...(hasIdentity ? [{ from, ports: listed(credentialPorts), cidrs: linkLocalAddresses }] : []),
  ];
}
