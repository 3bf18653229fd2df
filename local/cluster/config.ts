import { parse, stringify } from "yaml";
import { clusterDir, containerdSocket, nodeAddress, registryAddress } from "../paths";
import type { CgroupDriver } from "./host";
import { dnsServiceIp, layout, networkName, podCidr, ports } from "./layout";

/** All configuration files of the components: path relative to the config folder, and text. */
export function renderConfig(driver: CgroupDriver, pauseImage: string): Record<string, string> {
  return {
    "containerd.toml": renderContainerd(driver, pauseImage),
    [`registries/${registryAddress}/hosts.toml`]: renderRegistryHost(),
    "cni/10-pods.conflist": renderCni(),
    "registry.yaml": renderRegistry(),
    "docker.json": "{}\n", // or dockerd would read the machine's own /etc/docker/daemon.json
    "kubelet.yaml": renderKubelet(driver),
    "kube-proxy.yaml": renderProxy(),
    // No search domain and no name server of the machine's: pods ask CoreDNS alone.
    "resolv.conf": "nameserver 127.0.0.1\n",
  };
}

function renderContainerd(driver: CgroupDriver, pauseImage: string): string {
  const q = JSON.stringify;
  return `version = 2
root = ${q(layout.containerd)}
state = ${q(`${layout.run}/containerd`)}
# The first makes /opt/containerd, the others need file systems that are not used here.
disabled_plugins = [
  "io.containerd.internal.v1.opt",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp",
  "io.containerd.internal.v1.tracing",
]

[grpc]
  address = ${q(containerdSocket)}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${q(pauseImage)}
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  netns_mounts_under_state_dir = true
  # Where the machine itself may not lower a process's OOM score, a pod must not ask for it.
  restrict_oom_score_adj = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = ${q(`${layout.config}/cni`)}

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = ${driver === "systemd"}

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = ${q(`${layout.config}/registries`)}
`;
}

/**
 * ptp, not bridge: every packet between pods passes the node's own routing, so that kube-proxy's
 * translation of a Service's address is undone on the way back without bridge netfilter. No
 * masquerading: pods have nothing to look for outside of the cluster (see network.ts).
 */
function renderCni(): string {
  const config = parse(`
    cniVersion: 0.4.0
    name: ${networkName}
    plugins:
      - type: ptp
        ipMasq: false
        ipam:
          type: host-local
          ranges: [[{ subnet: ${podCidr} }]]
          routes: [{ dst: 0.0.0.0/0 }]
          dataDir: ${layout.cni}/leases`);
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** How containerd reaches the local registry: over plain HTTP, which it is served by on loopback. */
function renderRegistryHost(): string {
  const address = `http://${registryAddress}`;
  return `server = "${address}"\n\n[host."${address}"]\n  capabilities = ["pull", "resolve"]\n`;
}

function renderRegistry(): string {
  return yaml(`
    version: 0.1
    log: { level: warn }
    storage: { filesystem: { rootdirectory: ${layout.registry} }, delete: { enabled: true } }
    http: { addr: "${registryAddress}" }`);
}

function renderKubelet(driver: CgroupDriver): string {
  return yaml(`
    apiVersion: kubelet.config.k8s.io/v1beta1
    kind: KubeletConfiguration
    address: ${nodeAddress}
    port: ${ports.kubelet}
    readOnlyPort: 0
    healthzBindAddress: 127.0.0.1
    healthzPort: ${ports.kubeletHealth}
    authentication:
      anonymous: { enabled: false }
      webhook: { enabled: true }
      x509: { clientCAFile: ${layout.pki}/ca.crt }
    authorization: { mode: Webhook }
    tlsCertFile: ${layout.pki}/kubelet-server.crt
    tlsPrivateKeyFile: ${layout.pki}/kubelet-server.key
    clusterDNS: [${dnsServiceIp}]
    clusterDomain: cluster.local
    resolvConf: ${layout.config}/resolv.conf
    containerRuntimeEndpoint: unix://${containerdSocket}
    cgroupDriver: ${driver}
    failCgroupV1: false
    failSwapOn: false
    # Its canary chains watch for rules flushed behind kube-proxy's back; kube-proxy has its own.
    makeIPTablesUtilChains: false
    volumePluginDir: ${clusterDir}/kubelet-plugins
    podLogsDir: ${layout.podLogs}
    containerLogMaxSize: 10Mi
    containerLogMaxFiles: 2
    maxPods: 100
    serializeImagePulls: false
    registryPullQPS: 0
    # 100 switches the collection off: an image that was imported cannot be pulled again.
    imageGCHighThresholdPercent: 100
    imageGCLowThresholdPercent: 99
    # Absolute, not 10 or 15 %: a disk that is 85 % full is the usual state of a laptop.
    evictionHard:
      { memory.available: 100Mi, nodefs.available: 1Gi, imagefs.available: 1Gi, nodefs.inodesFree: 1% }
    shutdownGracePeriod: 0s
    shutdownGracePeriodCriticalPods: 0s`);
}

function renderProxy(): string {
  return yaml(`
    apiVersion: kubeproxy.config.k8s.io/v1alpha1
    kind: KubeProxyConfiguration
    mode: iptables
    clientConnection: { kubeconfig: ${layout.pki}/kube-proxy.kubeconfig }
    clusterCIDR: ${podCidr}
    detectLocalMode: ClusterCIDR
    bindAddress: ${nodeAddress}
    healthzBindAddress: 127.0.0.1:${ports.proxyHealth}
    metricsBindAddress: 127.0.0.1:${ports.proxyMetrics}
    nodePortAddresses: [${nodeAddress}/32]
    # Would set net.ipv4.conf.all.route_localnet for the whole machine.
    iptables: { localhostNodePorts: false }
    # 0 leaves the machine's conntrack sysctls alone; some machines refuse to have them set.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s }`);
}

/** YAML as the programs get it, without the comments. */
function yaml(text: string): string {
  return stringify(parse(text));
}
