import { isInstalled, run } from "./process";

/** Program that a build needs → Debian's package that has it. */
const programs: Record<string, string> = {
  mvn: "maven",
  "dpkg-deb": "dpkg",
  "apt-get": "apt",
  npm: "npm",
  python3: "python3",
  pip3: "python3-pip",
  unshare: "util-linux",
  chroot: "coreutils",
  ip: "iproute2",
  tar: "tar",
};

/**
 * Sees to it that what a build needs is installed.
 * @throws Error where it can't be: what is missing, and what to do instead.
 */
export async function checkPrerequisites(report: (line: string) => void): Promise<void> {
  if (process.platform !== "linux" || process.arch !== "x64" || process.getuid?.() !== 0) {
    throw new Error(
      "Images are built from packages on Linux, amd64, by root (their root file systems are mounted " +
        "to compile and train in them). Elsewhere use a cluster that pulls the official ones: " +
        "kind create cluster, then STACK=dev make up",
    );
  }
  const missing: string[] = [];
  for (const [program, debianPackage] of Object.entries(programs)) {
    if (!(await isInstalled(program))) missing.push(debianPackage);
  }
  if (missing.length === 0) return;
  report(`installing ${missing.join(", ")} by apt-get`);
  await run("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...missing], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
  });
}
