import { existsSync, readFileSync } from "node:fs";

/** Properties of this machine that the configuration depends on. */
export interface Host {
  /** 2 where /sys/fs/cgroup is the unified hierarchy, else 1 (also for the hybrid layout). */
  readonly cgroupVersion: 1 | 2;
  /** systemd runs this machine, and so owns the unified hierarchy. */
  readonly systemd: boolean;
}

/** Reads this machine's properties. */
export function detectHost(): Host {
  return {
    cgroupVersion: cgroupVersionOf(mountinfo()),
    systemd: existsSync("/run/systemd/system"),
  };
}

/** Which cgroup version is mounted on /sys/fs/cgroup itself, from the text of mountinfo. */
export function cgroupVersionOf(mountinfo: string): 1 | 2 {
  const unified = mountinfo
    .split("\n")
    .some((line) => line.split(" ")[4] === "/sys/fs/cgroup" && / - cgroup2 /.test(line));
  return unified ? 2 : 1;
}

/**
 * The cgroup driver that the kubelet and the runtime share: systemd's where systemd owns the
 * unified hierarchy, since two writers would take controllers from each other.
 */
export function cgroupDriver(host: Host): "systemd" | "cgroupfs" {
  return host.systemd && host.cgroupVersion === 2 ? "systemd" : "cgroupfs";
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
