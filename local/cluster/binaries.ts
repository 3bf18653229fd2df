import { type GoProgram, isCompiled } from "../go";

/** Kubernetes' five programs, and two small ones of ours, in one binary. */
export const kubernetes: GoProgram = {
  name: "kubernetes",
  module: "cluster/kubernetes",
  main: "k8s.io/kubernetes",
  stamps: (version) => {
    const [major, minor] = version.slice(1).split(".");
    return [
      `k8s.io/component-base/version.gitVersion=${version}`,
      `k8s.io/component-base/version.gitMajor=${major}`,
      `k8s.io/component-base/version.gitMinor=${minor}`,
      "k8s.io/component-base/version.gitTreeState=clean",
    ];
  },
};

/** CoreDNS with the plugins that a closed cluster needs. */
export const coredns: GoProgram = {
  name: "coredns",
  module: "cluster/coredns",
  main: "github.com/coredns/coredns",
};

/** The process that holds a pod's namespaces. */
export const pause: GoProgram = { name: "pause", module: "cluster/pause" };

/** All that the cluster runs of what is compiled. */
export const clusterPrograms: readonly GoProgram[] = [pause, coredns, kubernetes];

/** Whether all of them are there, so that no compiler is needed. */
export function binariesReady(): boolean {
  return clusterPrograms.every(isCompiled);
}

/** What comes from the distribution: Debian's package → its programs. */
export const requirements = {
  "etcd-server": ["etcd"],
  containerd: ["containerd", "ctr"],
  runc: ["runc"],
  "containernetworking-plugins": ["/usr/lib/cni/ptp"],
  "docker-registry": ["docker-registry"],
  "docker.io": ["dockerd"],
  iptables: ["iptables"],
  iproute2: ["ip"],
  mount: ["mount"],
  openssl: ["openssl"],
  supervisor: ["supervisord"],
  tar: ["tar"],
};
