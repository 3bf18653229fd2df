import { existsSync, rmSync, writeFileSync } from "node:fs";
import { run, tryRun } from "../command";
import { hasProgram } from "./host";

/** A program or file that the cluster needs, and the Debian or Ubuntu package that brings it. */
export interface Requirement {
  /** A program on the PATH, or an absolute path. */
  readonly needs: string;
  readonly package: string;
}

/** All that comes from the distribution. By program, since other packages may bring the same one. */
export const requirements: readonly Requirement[] = [
  { needs: "etcd", package: "etcd-server" },
  { needs: "containerd", package: "containerd" },
  { needs: "ctr", package: "containerd" },
  { needs: "runc", package: "runc" },
  { needs: "/usr/lib/cni/ptp", package: "containernetworking-plugins" },
  { needs: "docker-registry", package: "docker-registry" },
  { needs: "dockerd", package: "docker.io" },
  { needs: "iptables", package: "iptables" },
  { needs: "ip", package: "iproute2" },
  { needs: "mount", package: "mount" },
  { needs: "openssl", package: "openssl" },
  { needs: "supervisord", package: "supervisor" },
  { needs: "tar", package: "tar" },
];

/** The system services that these packages bring, some of which listen on all interfaces. */
const services = [
  "etcd",
  "containerd",
  "docker-registry",
  "docker.socket",
  "docker",
  "supervisor",
] as const;

const policyFile = "/usr/sbin/policy-rc.d";

/** The packages that are still to be installed. */
export function missingPackages(): string[] {
  const missing = new Set<string>();
  for (const { needs, package: name } of requirements) {
    const there = needs.startsWith("/") ? existsSync(needs) : hasProgram(needs);
    if (!there) missing.add(name);
  }
  return [...missing];
}

/**
 * Installs packages without letting their services start, now or at the next boot: Debian's
 * docker-registry, for one, would listen on all interfaces.
 */
export async function installPackages(names: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const enabledBefore = await enabledServices();
  await withServicesHeldBack(async () => {
    const install = ["install", "-y", "--no-install-recommends", ...names];
    const first = await tryRun("apt-get", install, { env, timeoutMs: 900_000 });
    if (first.code === 0) return;
    // The lists may be old, or not there at all.
    await run("apt-get", ["update"], { env, timeoutMs: 300_000 });
    await run("apt-get", install, { env, timeoutMs: 900_000 });
  });
  const fresh = (await enabledServices()).filter((name) => !enabledBefore.includes(name));
  if (fresh.length > 0) await run("systemctl", ["disable", ...fresh]);
}

/** Runs `work` while a policy forbids packages to start services, as Debian's policy has it. */
async function withServicesHeldBack(work: () => Promise<void>): Promise<void> {
  if (existsSync(policyFile)) return work();
  writeFileSync(policyFile, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await work();
  } finally {
    rmSync(policyFile);
  }
}

async function enabledServices(): Promise<string[]> {
  const enabled: string[] = [];
  for (const name of services) {
    const { code } = await tryRun("systemctl", ["is-enabled", "--quiet", name]);
    if (code === 0) enabled.push(name);
  }
  return enabled;
}
