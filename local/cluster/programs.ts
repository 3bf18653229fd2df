import { join } from "node:path";
import { containerdSocket, dockerSocket, nodeAddress } from "../paths";
import type { CgroupDriver } from "./host";
import { layout, nodeName, podCidr, ports, serviceCidr } from "./layout";

/** A component that the supervisor keeps running. */
export interface Program {
  readonly name: string;
  readonly command: readonly string[];
  /** Lower starts first and stops last. */
  readonly priority: number;
}

const pki = (name: string) => join(layout.pki, name);
const config = (name: string) => join(layout.config, name);

/** The words of a command line; no path of the cluster's has a space in it (checks.ts). */
function words(line: string): string[] {
  return line.trim().split(/\s+/);
}

/** What needs no Kubernetes: images can be built and pushed while Kubernetes itself is compiled. */
export function imagePrograms(driver: CgroupDriver): Program[] {
  // No bridge and no rules of its own: builds that need the network use the host's.
  const docker = `dockerd --host=unix://${dockerSocket} --config-file=${config("docker.json")}
    --data-root=${layout.docker} --exec-root=${layout.run}/docker --pidfile=${layout.run}/docker.pid
    --containerd=${containerdSocket} --exec-opt=native.cgroupdriver=${driver}
    --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false
    --userland-proxy=false --oom-score-adjust=0 --group=root --log-level=warn`;
  const containerd = `containerd --config ${config("containerd.toml")} --log-level warn`;
  return [
    { name: "containerd", command: words(containerd), priority: 10 },
    {
      name: "registry",
      command: words(`docker-registry serve ${config("registry.yaml")}`),
      priority: 10,
    },
    { name: "docker", command: words(docker), priority: 20 },
  ];
}

/** Kubernetes and its store, by the paths of the multi-call binary and of kube-router. */
export function kubernetesPrograms(kubernetes: string, kubeRouter: string): Program[] {
  const part = (name: string, priority: number, flags: string): Program => ({
    name,
    command: [kubernetes, name, ...words(flags)],
    priority,
  });
  const proxy = `--config=${config("kube-proxy.yaml")} --hostname-override=${nodeName}`;
  const kubelet = `--config=${config("kubelet.yaml")} --kubeconfig=${pki("kubelet.kubeconfig")}
    --root-dir=${layout.kubelet} --cert-dir=${layout.kubelet}/pki --hostname-override=${nodeName}
    --node-ip=${nodeAddress}`;
  const volumes = `--kubeconfig=${pki("local-volumes.kubeconfig")} --root=${layout.volumes}`;
  return [
    { name: "etcd", command: words(etcd()), priority: 10 },
    part("kube-apiserver", 20, apiServer()),
    part("kube-controller-manager", 30, controllerManager()),
    part("kube-scheduler", 30, leader("kube-scheduler", ports.scheduler)),
    part("kube-proxy", 30, proxy),
    { name: "kube-router", command: [kubeRouter, ...words(policies())], priority: 50 },
    part("kubelet", 40, kubelet),
    part("local-volumes", 40, volumes),
  ];
}

function etcd(): string {
  const client = `https://127.0.0.1:${ports.etcd}`;
  const peer = `https://127.0.0.1:${ports.etcdPeer}`;
  return `etcd --name=${nodeName} --data-dir=${layout.etcd}
    --listen-client-urls=${client} --advertise-client-urls=${client}
    --listen-peer-urls=${peer} --initial-advertise-peer-urls=${peer}
    --initial-cluster=${nodeName}=${peer}
    --cert-file=${pki("etcd.crt")} --key-file=${pki("etcd.key")}
    --trusted-ca-file=${pki("etcd-ca.crt")} --client-cert-auth
    --peer-cert-file=${pki("etcd.crt")} --peer-key-file=${pki("etcd.key")}
    --peer-trusted-ca-file=${pki("etcd-ca.crt")} --peer-client-cert-auth
    --logger=zap --log-level=warn`;
}

/**
 * The request headers let it pass requests on to APIs of others, as a metrics server's. InternalIP: the node's name
 * resolves nowhere, so exec, logs and port-forward go to its address.
 */
function apiServer(): string {
  return `--bind-address=${nodeAddress} --advertise-address=${nodeAddress}
    --secure-port=${ports.apiServer}
    --tls-cert-file=${pki("apiserver.crt")} --tls-private-key-file=${pki("apiserver.key")}
    --client-ca-file=${pki("ca.crt")} --anonymous-auth=false --authorization-mode=Node,RBAC
    --enable-admission-plugins=NodeRestriction --allow-privileged=true --profiling=false
    --etcd-servers=https://127.0.0.1:${ports.etcd} --etcd-cafile=${pki("etcd-ca.crt")}
    --etcd-certfile=${pki("apiserver-etcd.crt")} --etcd-keyfile=${pki("apiserver-etcd.key")}
    --service-cluster-ip-range=${serviceCidr}
    --service-account-issuer=https://kubernetes.default.svc.cluster.local
    --service-account-key-file=${pki("service-accounts.pub")}
    --service-account-signing-key-file=${pki("service-accounts.key")}
    --kubelet-certificate-authority=${pki("ca.crt")}
    --kubelet-client-certificate=${pki("apiserver-kubelet.crt")}
    --kubelet-client-key=${pki("apiserver-kubelet.key")}
    --requestheader-client-ca-file=${pki("front-proxy-ca.crt")}
    --requestheader-allowed-names=front-proxy-client
    --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group
    --requestheader-extra-headers-prefix=X-Remote-Extra-
    --proxy-client-cert-file=${pki("front-proxy-client.crt")}
    --proxy-client-key-file=${pki("front-proxy-client.key")}
    --kubelet-preferred-address-types=InternalIP`;
}

function controllerManager(): string {
  return `${leader("kube-controller-manager", ports.controllerManager)}
    --use-service-account-credentials=true --root-ca-file=${pki("ca.crt")}
    --service-account-private-key-file=${pki("service-accounts.key")}
    --cluster-cidr=${podCidr} --service-cluster-ip-range=${serviceCidr} --cluster-name=${nodeName}`;
}

/**
 * NetworkPolicies alone, and no port: it would open those of its health and metrics on all interfaces. A sync that
 * fails is repeated with the next change of a pod or policy, or else after the period.
 */
function policies(): string {
  return `--kubeconfig=${pki("kube-router.kubeconfig")} --hostname-override=${nodeName}
    --run-firewall=true --run-router=false --run-service-proxy=false --run-loadbalancer=false
    --enable-cni=false --health-port=0 --metrics-port=0 --iptables-sync-period=15s
    --service-cluster-ip-range=${serviceCidr}`;
}

/** There is one of each: an election would only cost seconds at each start. */
function leader(name: string, port: number): string {
  const kubeconfig = pki(`${name}.kubeconfig`);
  return `--bind-address=127.0.0.1 --secure-port=${port} --kubeconfig=${kubeconfig}
    --authentication-kubeconfig=${kubeconfig} --authorization-kubeconfig=${kubeconfig}
    --leader-elect=false --profiling=false`;
}
