import { existsSync, readFileSync } from "node:fs";

export type CgroupDriver = "systemd" | "cgroupfs";

/**
 * The cgroup driver that the kubelet and the runtime share: systemd's where systemd runs this machine, and so owns the
 * unified hierarchy, since two writers would take controllers from each other. The hybrid layout counts as version 1.
 */
export function cgroupDriver(
  mounts = mountinfo(),
  hasSystemd = existsSync("/run/systemd/system"),
): CgroupDriver {
  const isUnified = mounts
    .split("\n")
    .some((line) => line.split(" ")[4] === "/sys/fs/cgroup" && / - cgroup2 /.test(line));
  return isUnified && hasSystemd ? "systemd" : "cgroupfs";
}

/** What is mounted, as the kernel tells it. */
export function mountinfo(): string {
  return readFileSync("/proc/self/mountinfo", "utf8");
}

/** Where something is mounted under a folder, the last mounted first. */
export function mountsUnder(folder: string): string[] {
  return parseMountsUnder(mountinfo(), folder);
}

/** The same out of the text of /proc/self/mountinfo, whose order is that of mounting. */
export function parseMountsUnder(text: string, folder: string): string[] {
  return text
    .split("\n")
    .map((line) => readOctal(line.split(" ")[4] ?? ""))
    .filter((path) => path.startsWith(`${folder}/`))
    .reverse();
}

/** mountinfo writes a space, a tab, a newline and a backslash in octal. */
function readOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
