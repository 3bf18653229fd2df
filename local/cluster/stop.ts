import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tryRun } from "../command";
import { readIfThere } from "../files";
import { binaryPath } from "../go";
import { cacheDir, clusterDir, containerdSocket } from "../paths";
import { say } from "../program";
import { kubernetes } from "./binaries";
import { mountsUnder } from "./host";
import { layout } from "./layout";
import { removeEmptyFolder, removeFixedPlaces } from "./leftovers";
import {
  cleanIptables,
  removeLink,
  removePodLinks,
  removePolicySets,
  restoreSysctls,
} from "./network";
import { endProcesses, ownProcesses } from "./processes";
import { programStates, shutdownSupervisor, stopProgram, supervisorRuns } from "./supervisor";

/** Seconds that a pod's containers have between SIGTERM and SIGKILL. */
const podGraceSeconds = 20;

/** Ends all that was started and undoes it, but for what lies on disk. Nothing to stop is fine. */
export async function stopCluster(): Promise<void> {
  if (await supervisorRuns()) {
    say("stop the pods");
    await stopPods();
    say("stop the components");
    await shutdownSupervisor();
  }
  // What a killed supervisor left behind: its components, then shims, then the containers' own.
  await endProcesses(ownProcesses, 10_000);
  await endProcesses(podProcesses, 2_000);
  say("remove mounts, links and rules");
  await unmountAll();
  await cleanIptables();
  await removePolicySets();
  // Only where this cluster ran: another one's pods are none of ours.
  if (existsSync(layout.run)) await removePodLinks();
  await removeLink();
  restoreSysctls();
  removeCgroups();
  rmSync(layout.run, { recursive: true, force: true });
  rmSync(layout.cni, { recursive: true, force: true });
}

/** Stops all and removes the cluster's state and the cache: the next start compiles and creates all of it again. */
export async function cleanCluster(): Promise<void> {
  await resetCluster();
  say(`remove ${cacheDir}`);
  rmSync(cacheDir, { recursive: true, force: true });
}

/** Stops all and removes the cluster's state: the next start is a new cluster of what was built before. */
export async function resetCluster(): Promise<void> {
  await stopCluster();
  say(`remove ${clusterDir}`);
  if ((await mountsUnder(clusterDir)).length > 0) {
    throw new Error(`something is still mounted under ${clusterDir}: nothing was removed there`);
  }
  rmSync(clusterDir, { recursive: true, force: true });
  removeFixedPlaces();
}

async function stopPods(): Promise<void> {
  const states = await programStates();
  const hasContainerd = states.some((s) => s.name === "containerd" && s.state === "RUNNING");
  // Else it would start the pods again. Without a containerd there is nobody to ask.
  await stopProgram("kubelet");
  const binary = binaryPath(kubernetes);
  if (!hasContainerd || !existsSync(binary)) return;
  const grace = `${podGraceSeconds}s`;
  const args = ["stop-pods", `--endpoint=unix://${containerdSocket}`, `--grace=${grace}`];
  const { code, stderr } = await tryRun(binary, args);
  // Not the end: what is left is ended by its process ids and mounts.
  if (code !== 0) console.warn(`some pods did not stop as asked: ${stderr.trim()}`);
}

/** Processes in the cgroups of pods, which the kubelet makes, and of builds, which Docker makes. */
function podProcesses(): number[] {
  return podCgroups().flatMap((folder) => descendants(folder).flatMap(processesOf));
}

function processesOf(cgroup: string): number[] {
  const ids = (readIfThere(join(cgroup, "cgroup.procs")) ?? "").split("\n");
  return ids.map(Number).filter((pid) => pid > 0);
}

/** Only where the kubelet of this cluster ran: another one's pods are none of ours. */
function podCgroups(): string[] {
  if (!existsSync(layout.kubelet)) return [];
  const root = "/sys/fs/cgroup";
  return [root, ...readdirSync(root).map((name) => join(root, name))]
    .flatMap((folder) => [join(folder, "kubepods"), join(folder, "kubepods.slice")])
    .filter((folder) => existsSync(folder));
}

/** A folder and all below it, the deepest first. */
function descendants(folder: string): string[] {
  const below = readdirSync(folder, { withFileTypes: true, recursive: true });
  const folders = below.filter((entry) => entry.isDirectory());
  return [folder, ...folders.map(({ parentPath, name }) => join(parentPath, name))].reverse();
}

function removeCgroups(): void {
  podCgroups().flatMap(descendants).forEach(removeEmptyFolder); // one that stays does no harm
}

async function unmountAll(): Promise<void> {
  for (const path of await mountsUnder(clusterDir)) {
    const plain = await tryRun("umount", [path]);
    if (plain.code !== 0) await tryRun("umount", ["--lazy", path]);
  }
}
