import { join } from "node:path";
import { clusterDir } from "../paths";

/** The one node's name: stable, so that volumes bound to it survive a change of the host's name. */
export const nodeName = "realtime-analytics";

/** Every pod's address. One node, so one /24 of it serves. */
export const podCidr = "10.244.0.0/24";
/** Every Service's cluster IP. */
export const serviceCidr = "10.96.0.0/16";
/** Cluster IP of the `kubernetes` Service: the first one of `serviceCidr`. */
export const apiServiceIp = "10.96.0.1";
/** Cluster IP of CoreDNS, which the kubelet writes into each pod's resolv.conf. */
export const dnsServiceIp = "10.96.0.10";

/** Name of the pods' network in CNI, and so of what its plugins note in /var/lib/cni/results. */
export const networkName = "realtime-analytics";

/** The bridge link that carries the node's address. It has no ports: nothing leaves by it. */
export const linkName = "realtime0";

/**
 * The ports that are bound, all of them on loopback or on the node's own address.
 * etcd's differ from its usual 2379 and 2380, which a developer's own etcd may have.
 */
export const ports = {
  apiServer: 6443,
  kubelet: 10250,
  kubeletHealth: 10248,
  proxyMetrics: 10249,
  proxyHealth: 10256,
  controllerManager: 10257,
  scheduler: 10259,
  etcd: 12379,
  etcdPeer: 12380,
} as const;

/** Set in the environment of the supervisor, and so of all that it starts: how `stop` knows its own. */
export const markerVariable = "REALTIME_ANALYTICS_CLUSTER";

/** Folders and files of the cluster, all under `clusterDir`. */
export const layout = {
  cni: join(clusterDir, "cni"),
  config: join(clusterDir, "config"),
  containerd: join(clusterDir, "containerd"),
  docker: join(clusterDir, "docker"),
  etcd: join(clusterDir, "etcd"),
  kubelet: join(clusterDir, "kubelet"),
  logs: join(clusterDir, "logs"),
  pki: join(clusterDir, "pki"),
  podLogs: join(clusterDir, "logs", "pods"),
  registry: join(clusterDir, "registry"),
  run: join(clusterDir, "run"),
  volumes: join(clusterDir, "volumes"),
  savedSysctls: join(clusterDir, "sysctls.json"),
  supervisorConfig: join(clusterDir, "config", "supervisord.conf"),
  supervisorSocket: join(clusterDir, "run", "supervisor.sock"),
  supervisorPid: join(clusterDir, "run", "supervisord.pid"),
} as const;
