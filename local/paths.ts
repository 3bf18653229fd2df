import { homedir } from "node:os";
import { join } from "node:path";

/** What can be rebuilt from packages: binaries, downloads, images. `$XDG_CACHE_HOME` or `~/.cache`. */
export const cacheDir = join(
  process.env.XDG_CACHE_HOME || join(homedir(), ".cache"),
  "realtime-analytics",
);

/** What a person would lose data with: the cluster, the stacks' state. `$XDG_STATE_HOME` or `~/.local/state`. */
export const stateDir = join(
  process.env.XDG_STATE_HOME || join(homedir(), ".local", "state"),
  "realtime-analytics",
);

/** All of the embedded cluster: etcd, certificates, containerd, docker, registry, logs. Mode 0700. */
export const clusterDir = join(stateDir, "cluster");

/** The file backend of the stacks, as in `pulumi login file://<pulumiStateDir>`. */
export const pulumiStateDir = join(stateDir, "pulumi");

/** PULUMI_HOME of the CLI that is built here: its credentials, the stack chosen, the plugins. */
export const pulumiHome = join(stateDir, "pulumi-home");

/** The passphrase of the local stack's secrets, mode 0600. */
export const passphraseFile = join(stateDir, "passphrase");

/** Admin kubeconfig of the embedded cluster, mode 0600; its context is `kubeContext`. */
export const kubeconfigPath = join(clusterDir, "kubeconfig");

/** Name of cluster, user and context in `kubeconfigPath`. */
export const kubeContext = "realtime-analytics";

/** Unix socket of the embedded Docker engine: `DOCKER_HOST=unix://<dockerSocket>`. */
export const dockerSocket = join(clusterDir, "run", "docker.sock");

/** Unix socket of the cluster's containerd: `ctr --address <containerdSocket> -n k8s.io images ls`. */
export const containerdSocket = join(clusterDir, "run", "containerd.sock");

/** The embedded image registry: plain HTTP, loopback only. */
export const registryAddress = "127.0.0.1:5005";

/** The node's own address, on a bridge link of this machine: API server, kubelet. Never leaves it. */
export const nodeAddress = "10.250.0.1";
