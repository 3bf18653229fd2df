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
    cgroupVersion: cgroupVersionOf(readFileSync("/proc/self/mountinfo", "utf8")),
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
