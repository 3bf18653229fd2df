import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { KubernetesObject } from "@kubernetes/client-node";
import { loadedImages } from "../containerd";
import { readIfThere, writePrivate } from "../files";
import { binaryPath, ensureBinary, isCompiled } from "../go";
import { ensurePackages } from "../packages";
import { cacheDir, clusterDir, dockerSocket, kubeconfigPath, registryAddress } from "../paths";
import { say } from "../program";
import { apiReady, applyAll, objectsOf } from "./api";
import {
  binariesReady,
  clusterPrograms,
  coredns,
  kubeRouter,
  kubernetes,
  pause,
  requirements,
} from "./binaries";
import { ensureCertificates } from "./certificates";
import { describeProblems, findProblems } from "./checks";
import { renderConfig } from "./config";
import { cgroupDriver } from "./host";
import { binaryImageName, ensureBinaryImage } from "./images";
import { dnsServiceIp, layout, ports } from "./layout";
import { enforcesPolicies, ensureFirewall, ensureLink, prepareSysctls } from "./network";
import { imagePrograms, kubernetesPrograms, type Program } from "./programs";
import { freshNode, freshPods, readyDns } from "./readiness";
import { stopCluster } from "./stop";
import {
  ensureSupervisor,
  programStates,
  renderSupervisor,
  startPrograms,
  supervisorRuns,
} from "./supervisor";
import { waitFor } from "./wait";

/**
 * Starts what doesn't run yet, and returns when all of it is ready.
 * @param extent `images`: the Docker engine, the registry and containerd alone
 */
export async function startCluster(extent: "images" | "all"): Promise<void> {
  if (extent === "all" && (await runsAlready())) {
    say(`the cluster runs already; KUBECONFIG=${kubeconfigPath}`);
    return;
  }
  const running = await supervisorRuns();
  const problems = await findProblems(running);
  if (problems.length > 0) throw new Error(describeProblems(problems));
  if (!running && existsSync(layout.run)) {
    // What a killed supervisor or a crash of the machine left: processes, mounts, sockets, leases.
    say("clear what an earlier run left behind");
    await stopCluster();
  }
  await ensurePackages(requirements);
  await startImageServices();
  const images = `DOCKER_HOST=unix://${dockerSocket}, ${registryAddress}`;
  if (extent === "images") return say(`images can be built and pushed; ${images}`);
  await startKubernetes();
  say(`the cluster is ready; KUBECONFIG=${kubeconfigPath}`);
}

/** Whether there is nothing to do: the same programs with the same configuration, all ready. */
async function runsAlready(): Promise<boolean> {
  if (!existsSync(layout.supervisorConfig) || !binariesReady()) return false;
  const supervisor = renderSupervisor(allPrograms(), wantedConfigs());
  if (readIfThere(layout.supervisorConfig) !== supervisor) return false;
  const states = await programStates();
  if (states.length === 0 || states.some(({ state }) => state !== "RUNNING")) return false;
  const probes = [apiReady(), answers(proxyUrl), answers(registryUrl), freshNode(0), readyDns(0)];
  const results = await Promise.allSettled(probes);
  return results.every((result) => result.status === "fulfilled" && result.value === undefined);
}

async function startImageServices(): Promise<void> {
  for (const folder of [cacheDir, clusterDir, layout.run, layout.volumes]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  }
  // Before the supervisor knows Kubernetes: it may still have to be compiled.
  const programs = isCompiled(kubernetes) ? allPrograms() : imagePrograms(cgroupDriver());
  await configure(programs);
  say("start containerd, the registry and the Docker engine");
  await startPrograms(["containerd", "registry"]);
  await ready("containerd", 30, "containerd", async () => void (await loadedImages()));
  await startPrograms(["docker"]);
  await ready(registryUrl, 30, "registry", () => answers(registryUrl));
  await ready(dockerSocket, 60, "docker", () => accepts({ path: dockerSocket }));
}

async function startKubernetes(): Promise<void> {
  for (const program of clusterPrograms) await ensureBinary(program);
  say("start etcd and the API server");
  await ensureCertificates();
  prepareSysctls();
  await ensureLink();
  await ensureFirewall();
  await configure(allPrograms());
  const kubelet = (await programStates()).find(({ name }) => name === "kubelet");
  const since = kubelet?.state === "RUNNING" ? 0 : Date.now();
  await startPrograms(["etcd"]);
  await ready("etcd", 60, "etcd", () => accepts({ host: "127.0.0.1", port: ports.etcd }));
  const imported = Promise.all([pause, coredns].map((one) => ensureBinaryImage(binaryPath(one))));
  await startPrograms(["kube-apiserver"]);
  await ready("the API server's /readyz", 120, "kube-apiserver", apiReady);
  say("start the controllers, the scheduler, kube-proxy and the kubelet");
  await imported;
  await startPrograms(allPrograms().map(({ name }) => name));
  await applyAll(addons(binaryImageName(binaryPath(coredns))));
  say("wait for the node, the rules of Services and policies, CoreDNS and the pods of before");
  await ready("the node", 120, "kubelet", () => freshNode(since));
  await ready("kube-proxy", 60, "kube-proxy", () => answers(proxyUrl));
  await ready("NetworkPolicies", 120, "kube-router", enforcesPolicies);
  await ready("CoreDNS", 120, "kubelet", () => readyDns(since));
  await ready("the pods' states", 120, "kubelet", () => freshPods(since));
}

/** The objects that make a bare API server a usable cluster. */
export function addons(corednsImage: string): KubernetesObject[] {
  const values = { COREDNS_IMAGE: corednsImage, DNS_SERVICE_IP: dnsServiceIp };
  return objectsOf("addons.yaml", values);
}

function allPrograms(): Program[] {
  const components = kubernetesPrograms(binaryPath(kubernetes), binaryPath(kubeRouter));
  return [...imagePrograms(cgroupDriver()), ...components];
}

async function configure(programs: readonly Program[]): Promise<void> {
  const configs = wantedConfigs();
  for (const [name, text] of Object.entries(configs)) {
    writePrivate(join(layout.config, name), text, name === "resolv.conf" ? 0o644 : 0o600);
  }
  await ensureSupervisor(programs, configs);
}

function wantedConfigs(): Record<string, string> {
  return renderConfig(cgroupDriver(), binaryImageName(binaryPath(pause)));
}

/** Waits for a condition; where it isn't met in time, the error has the last words of `program`. */
function ready(
  what: string,
  seconds: number,
  program: string,
  probe: () => Promise<string | undefined>,
): Promise<void> {
  const path = `${layout.logs}/${program}.log`;
  return waitFor(what, seconds * 1000, probe, () => {
    const lines = (readIfThere(path) ?? "").trimEnd().split("\n").slice(-8);
    return `The end of ${path}:\n${lines.map((line) => `  ${line.slice(0, 300)}`).join("\n")}`;
  });
}

const proxyUrl = `http://127.0.0.1:${ports.proxyHealth}/healthz`;
const registryUrl = `http://${registryAddress}/v2/`;

async function answers(url: string): Promise<string | undefined> {
  const { status } = await fetch(url);
  return status === 200 ? undefined : `it answers ${status}`;
}

/** Done once something accepts a connection there. */
async function accepts(to: { path: string } | { host: string; port: number }): Promise<undefined> {
  const socket = connect(to);
  await once(socket, "connect");
  socket.destroy();
}
