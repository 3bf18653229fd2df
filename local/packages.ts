import { existsSync, rmSync, writeFileSync } from "node:fs";
import { hasProgram, run, tryRun } from "./command";
import { say } from "./program";

/** Debian or Ubuntu package → the programs on the PATH, or absolute paths, that it is needed for. */
export type Requirements = Readonly<Record<string, readonly string[]>>;

/** The system services that packages bring, some of which listen on all interfaces. */
const services = "etcd containerd docker-registry docker.socket docker supervisor".split(" ");

const policyFile = "/usr/sbin/policy-rc.d";

/** The packages that are still to be installed. By program, since other packages may bring the same one. */
export function missingPackages(requirements: Requirements): string[] {
  const isThere = (need: string) => (need.startsWith("/") ? existsSync(need) : hasProgram(need));
  return Object.keys(requirements).filter((name) => !requirements[name]?.every(isThere));
}

/** Installs the packages that are still to be installed, and says so. */
export async function ensurePackages(requirements: Requirements): Promise<void> {
  const missing = missingPackages(requirements);
  if (missing.length === 0) return;
  say(`install ${missing.join(", ")} (their services stay off)`);
  await installPackages(missing);
}

/**
 * Installs packages without letting their services start, now or at the next boot: Debian's
 * docker-registry, for one, would listen on all interfaces.
 */
async function installPackages(names: readonly string[]): Promise<void> {
  const options = { env: { DEBIAN_FRONTEND: "noninteractive" }, timeoutMs: 900_000 };
  const enabledBefore = await enabledServices();
  await withServicesHeldBack(async () => {
    const install = ["install", "-y", "--no-install-recommends", ...names];
    const { code } = await tryRun("apt-get", install, options);
    if (code === 0) return;
    // The lists may be old, or not there at all.
    await run("apt-get", ["update"], options);
    await run("apt-get", install, options);
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
  const found = services.map((name) => tryRun("systemctl", ["is-enabled", "--quiet", name]));
  const results = await Promise.all(found);
  return services.filter((_, index) => results[index]?.code === 0);
}
