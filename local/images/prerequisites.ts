import { ensurePackages } from "../packages";

const requirements = {
  maven: ["mvn"],
  dpkg: ["dpkg-deb"],
  apt: ["apt-get"],
  npm: ["npm"],
  python3: ["python3"],
  "python3-pip": ["pip3"],
  "util-linux": ["unshare"],
  coreutils: ["chroot"],
  iproute2: ["ip"],
  tar: ["tar"],
};

/**
 * Sees to it that what a build needs is installed.
 * @throws Error where it can't be: what is missing, and what to do instead.
 */
export async function checkPrerequisites(): Promise<void> {
  if (process.platform !== "linux" || process.arch !== "x64" || process.getuid?.() !== 0) {
    throw new Error(
      "Images are built from packages on Linux, amd64, by root (their root file systems are mounted " +
        "to compile and train in them). Elsewhere use a cluster that pulls the official ones: " +
        "kind create cluster, then STACK=dev make up",
    );
  }
  await ensurePackages(requirements);
}
