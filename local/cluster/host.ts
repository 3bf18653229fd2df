import { existsSync, statfsSync } from "node:fs";
import { run } from "../command";

export type CgroupDriver = "systemd" | "cgroupfs";

/** The type of a cgroup2 file system, as statfs(2) gives it. */
const cgroup2Type = 0x63677270;

/**
 * The cgroup driver that the kubelet and the runtime share: systemd's where systemd runs this machine, and so owns the
 * unified hierarchy, since two writers would take controllers from each other. The hybrid layout counts as version 1.
 */
export function cgroupDriver(
  type = statfsSync("/sys/fs/cgroup").type,
  hasSystemd = existsSync("/run/systemd/system"),
): CgroupDriver {
  return type === cgroup2Type && hasSystemd ? "systemd" : "cgroupfs";
}

/** Where something is mounted under a folder, the last mounted first. */
export async function mountsUnder(
  folder: string,
  mounts = run("findmnt", ["--list", "--noheadings", "--output", "TARGET"]),
): Promise<string[]> {
  const all = (await mounts).split("\n");
  return all.filter((path) => path.startsWith(`${folder}/`)).reverse();
}
