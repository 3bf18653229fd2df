import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { binaryPath, ensureBinary, isCompiled, versionOf } from "../go";
import { cacheDir, clusterDir, dockerSocket, kubeconfigPath, registryAddress } from "../paths";
import { addons } from "./addons";
import { apply, getText } from "./api";
import { binariesReady, clusterPrograms, coredns, kubernetes, pause } from "./binaries";
import { ensureCertificates } from "./certificates";
import { failOn, findProblems } from "./checks";
import { renderConfig } from "./config";
import { readIfThere, writePrivate } from "./files";
import { detectHost } from "./host";
import { binaryImageName, ensureBinaryImage, listImages } from "./images";
import { layout, ports } from "./layout";
import { assertLocal, ensureFirewall, ensureLink, prepareSysctls } from "./network";
import { installPackages, missingPackages } from "./packages";
import { imagePrograms, kubernetesPrograms, type Program } from "./programs";
import { Progress } from "./progress";
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

/** How much is started: `images` is the Docker engine, the registry and containerd alone. */
export type Extent = "images" | "all";

/** Starts what doesn't run yet, and returns when all of it is ready. */
export async function startCluster(extent: Extent = "all"): Promise<void> {
  const progress = new Progress();
  if (extent === "all" && (await runsAlready())) {
    progress.stage(`the cluster runs already; KUBECONFIG=${kubeconfigPath}`);
    return;
  }
  const running = await supervisorRuns();
  failOn(await findProblems(running));
  if (!running) await clearLeftovers(progress);
  await ensurePackages(progress);
  await startImageServices(progress);
  if (extent === "all") await startKubernetes(progress);
  progress.stage(
    extent === "all"
      ? `the cluster is ready; KUBECONFIG=${kubeconfigPath}`
      : `images can be built and pushed; DOCKER_HOST=unix://${dockerSocket}, ${registryAddress}`,
  );
}

/** Whether there is nothing to do: the same programs with the same configuration, all ready. */
async function runsAlready(): Promise<boolean> {
  if (!existsSync(layout.supervisorConfig) || !binariesReady()) return false;
  const { programs, configs } = wanted(allPrograms());
  if (readIfThere(layout.supervisorConfig) !== renderSupervisor(programs, configs)) return false;
  const states = await programStates();
  if (states.length === 0 || states.some(({ state }) => state !== "RUNNING")) return false;
  const probes = [ready(), proxyHealthy(), registryAnswers(), freshNode(0), readyDns(0)()];
  const results = await Promise.allSettled(probes);
  return results.every((result) => result.status === "fulfilled" && result.value === undefined);
}

/** What a killed supervisor or a crash of the machine left: processes, mounts, sockets, leases. */
async function clearLeftovers(progress: Progress): Promise<void> {
  if (!existsSync(layout.run)) return;
  progress.stage("clear what an earlier run left behind");
  await stopCluster(() => undefined);
}

async function ensurePackages(progress: Progress): Promise<void> {
  const missing = missingPackages();
  if (missing.length === 0) return;
  progress.stage(`install ${missing.join(", ")} (their services stay off)`);
  await installPackages(missing);
}

async function startImageServices(progress: Progress): Promise<void> {
  for (const folder of [cacheDir, clusterDir, layout.run, layout.volumes]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  }
  const host = detectHost();
  // Before the supervisor knows Kubernetes: it may still have to be compiled.
  const programs = isCompiled(kubernetes) ? allPrograms() : imagePrograms(host);
  await configure(programs);
  progress.stage("start containerd, the registry and the Docker engine");
  await startPrograms(["containerd", "registry"]);
  await waitFor("containerd", 30_000, async () => void (await listImages()), logHint("containerd"));
  await startPrograms(["docker"]);
  await waitFor(`http://${registryAddress}/v2/`, 30_000, registryAnswers, logHint("registry"));
  await waitFor(dockerSocket, 60_000, () => accepts({ path: dockerSocket }), logHint("docker"));
}

async function startKubernetes(progress: Progress): Promise<void> {
  for (const program of clusterPrograms) {
    if (isCompiled(program)) continue;
    const version = program.main ? ` ${versionOf(program)}` : "";
    const patience = program === kubernetes ? " (some 10 minutes on 2 cores)" : "";
    progress.stage(`compile ${program.name}${version}${patience}`);
    await ensureBinary(program);
  }
  progress.stage("start etcd and the API server");
  await ensureCertificates();
  prepareSysctls();
  await ensureLink();
  await ensureFirewall();
  await assertLocal();
  await configure(allPrograms());
  const since = (await runs("kubelet")) ? 0 : Date.now();
  await startPrograms(["etcd"]);
  await waitFor(
    "etcd",
    60_000,
    () => accepts({ host: "127.0.0.1", port: ports.etcd }),
    logHint("etcd"),
  );
  const imported = importImages();
  await startPrograms(["kube-apiserver"]);
  await waitFor("the API server's /readyz", 120_000, ready, logHint("kube-apiserver"));
  progress.stage("start the controllers, the scheduler, kube-proxy and the kubelet");
  await imported;
  await startPrograms([
    "kubelet",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "local-volumes",
  ]);
  for (const object of addons(binaryImageName(binaryPath(coredns)))) {
    await apply(object);
  }
  progress.stage("wait for the node, the Services' rules, CoreDNS and the pods of before");
  await waitFor("the node", 120_000, () => freshNode(since), logHint("kubelet"));
  await waitFor("kube-proxy", 60_000, proxyHealthy, logHint("kube-proxy"));
  await waitFor("CoreDNS", 120_000, readyDns(since), logHint("kubelet"));
  await waitFor("the pods' states", 120_000, () => freshPods(since), logHint("kubelet"));
}

function allPrograms(): Program[] {
  return [...imagePrograms(detectHost()), ...kubernetesPrograms(binaryPath(kubernetes))];
}

async function configure(programs: readonly Program[]): Promise<void> {
  const { configs } = wanted(programs);
  for (const [name, text] of Object.entries(configs)) {
    writePrivate(join(layout.config, name), text, name === "resolv.conf" ? 0o644 : 0o600);
  }
  await ensureSupervisor(programs, configs);
}

function wanted(programs: readonly Program[]) {
  const pauseImage = binaryImageName(binaryPath(pause));
  return { programs, configs: renderConfig({ host: detectHost(), pauseImage }) };
}

async function importImages(): Promise<void> {
  await ensureBinaryImage(binaryPath(pause));
  await ensureBinaryImage(binaryPath(coredns));
}

async function runs(name: string): Promise<boolean> {
  return (await programStates()).some((s) => s.name === name && s.state === "RUNNING");
}

async function ready(): Promise<undefined> {
  await getText("/readyz");
}

async function proxyHealthy(): Promise<string | undefined> {
  const { status } = await fetch(`http://127.0.0.1:${ports.proxyHealth}/healthz`);
  return status === 200 ? undefined : `/healthz says ${status}`;
}

async function registryAnswers(): Promise<string | undefined> {
  const { status } = await fetch(`http://${registryAddress}/v2/`);
  return status === 200 ? undefined : `it answers ${status}`;
}

/** Undefined once something accepts a connection there. */
function accepts(
  to: { path: string } | { host: string; port: number },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(to);
    socket.once("connect", () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once("error", (error) => resolve(error.message));
  });
}

/** The last words of a program, for the error that says that it didn't get ready. */
function logHint(program: string): () => string {
  return () => {
    const path = `${layout.logs}/${program}.log`;
    const lines = (readIfThere(path) ?? "").trimEnd().split("\n").slice(-8);
    return `The end of ${path}:\n${lines.map((line) => `  ${line.slice(0, 300)}`).join("\n")}`;
  };
}
