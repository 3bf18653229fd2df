import { type GoProgram, isCompiled } from "../go";
import type { SourcePatch } from "../go-patch";

/** Kubernetes' five programs, and two small ones of ours, in one binary. */
export const kubernetes: GoProgram = {
  name: "kubernetes",
  module: "cluster/kubernetes",
  main: "k8s.io/kubernetes",
  patience: " (some 10 minutes on 2 cores)",
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

/**
 * kube-router saves the whole filter table, and restores it with its own rules changed. What kube-proxy wrote between the
 * two is lost, such as that a Service has an endpoint now. With this, it restores its own chains and no others.
 */
const ownChainsOnly: SourcePatch = {
  module: "github.com/cloudnativelabs/kube-router/v2",
  file: "pkg/utils/iptables.go",
  after: "func (i *IPTablesSaveRestore) Restore(table string, data []byte) error {\n",
  insert: String.raw`
	isOwn := func(line string) bool {
		chain := strings.TrimLeft(line, ":-AI ")
		return strings.HasPrefix(chain, "KUBE-ROUTER-") || strings.HasPrefix(chain, "KUBE-POD-FW-") ||
			strings.HasPrefix(chain, "KUBE-NWPLCY-")
	}
	var present bytes.Buffer
	if err := i.SaveInto(table, &present); err != nil {
		return err
	}
	var chains, rules, stale strings.Builder
	for _, line := range strings.Split(string(data), "\n") {
		if isOwn(line) {
			rules.WriteString(line + "\n")
		}
	}
	for _, line := range strings.Split(present.String(), "\n") {
		name, _, _ := strings.Cut(line, " ")
		if strings.HasPrefix(line, ":") && isOwn(line) && !strings.Contains(rules.String(), name+" ") {
			chains.WriteString(line + "\n")
			stale.WriteString("-X " + name[1:] + "\n")
		}
	}
	own := "*" + table + "\n" + chains.String() + rules.String() + stale.String() + "COMMIT\n"
	return i.exec(i.restoreCmd, []string{"--wait", "--noflush", "-T", table}, []byte(own), nil)
}

// restoreAll is what Restore was.
func (i *IPTablesSaveRestore) restoreAll(table string, data []byte) error {
`,
};

/** It enforces NetworkPolicies, and does nothing else that it could do: kube-proxy and the CNI plugin do that. */
export const kubeRouter: GoProgram = {
  name: "kube-router",
  module: "cluster/kube-router",
  package: "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router",
  sources: [],
  main: ownChainsOnly.module,
  patch: ownChainsOnly,
};

/** An S3 server, which is compiled when a stack needs it. */
export const versitygw: GoProgram = {
  name: "versitygw",
  module: "cluster/versitygw",
  package: "github.com/versity/versitygw/cmd/versitygw",
  sources: [],
  main: "github.com/versity/versitygw",
};

/** All that each cluster runs of what is compiled. */
export const clusterPrograms: readonly GoProgram[] = [pause, coredns, kubeRouter, kubernetes];

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
  ipset: ["ipset"],
  iptables: ["iptables"],
  iproute2: ["ip"],
  mount: ["mount"],
  openssl: ["openssl"],
  supervisor: ["supervisord"],
  tar: ["tar"],
};
