import { existsSync, lstatSync, readdirSync, readlinkSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { layout, networkName } from "./layout";

/**
 * Removes what the components write outside of the cluster's folder, at places that are compiled
 * in. Another runtime of this machine may use the same ones: what isn't ours stays.
 */
export function removeFixedPlaces(): void {
  removeLogLinks();
  removeNetworkNotes();
  removeDevicePlugins();
  for (const folder of sharedFolders) {
    if (existsSync(folder) && readdirSync(folder).length === 0) removeEmptyFolder(folder);
  }
}

/** Removes a folder, or says why it stays: a mount point, say. */
export function removeEmptyFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    console.warn(`the empty folder ${folder} stays: ${error}`);
  }
}

/** Inner ones first: each is removed if nothing is left in it. */
const sharedFolders = [
  "/var/log/containers",
  "/var/lib/cni/results",
  "/var/lib/cni",
  "/run/containerd/s",
  "/run/containerd/runc/k8s.io",
  "/run/containerd/runc/moby",
  "/run/containerd/runc",
  "/run/containerd",
  "/run/docker/plugins",
  "/run/docker",
  "/var/lib/kubelet/device-plugins",
  "/var/lib/kubelet",
];

/** The kubelet links each container's log in here, whatever the folder of the logs themselves. */
function removeLogLinks(): void {
  removeEntries("/var/log/containers", (path) => {
    return lstatSync(path).isSymbolicLink() && readlinkSync(path).startsWith(layout.podLogs);
  });
}

/** What CNI noted of pods that a crash ended: `<network>-<sandbox>-eth0`, `cni-loopback-<sandbox>-lo`. */
function removeNetworkNotes(): void {
  const folder = "/var/lib/cni/results";
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const sandboxes = names
    .filter((name) => name.startsWith(`${networkName}-`))
    .map((name) => name.slice(networkName.length + 1).split("-")[0] ?? "");
  removeEntries(folder, (path) => sandboxes.some((id) => id !== "" && path.includes(id)));
}

/** What the kubelet keeps for device plugins, unless another kubelet lives here. */
function removeDevicePlugins(): void {
  const folder = "/var/lib/kubelet";
  if (existsSync(folder) && readdirSync(folder).every((name) => name === "device-plugins")) {
    removeEntries(join(folder, "device-plugins"), () => true);
  }
}

function removeEntries(folder: string, isOurs: (path: string) => boolean): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (isOurs(join(folder, name))) rmSync(join(folder, name));
  }
}
