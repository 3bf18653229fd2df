import { access } from "node:fs/promises";
import { containerdSocket } from "../paths";
import { run } from "./process";

/** True if the cluster's containerd is there to load images into. */
export async function isContainerdUp(): Promise<boolean> {
  return access(containerdSocket).then(
    () =>
      ctr(["version"]).then(
        () => true,
        () => false,
      ),
    () => false,
  );
}

/** Reference → digest of each image that the kubelet can start without a pull. */
export async function loadedImages(): Promise<Map<string, string>> {
  const images = new Map<string, string>();
  for (const line of (await ctr(["images", "ls"])).split("\n").slice(1)) {
    const [reference, , digest] = line.split(/\s+/);
    if (reference && digest) images.set(reference, digest);
  }
  return images;
}

/** Pulls an image from the local registry and unpacks it. */
export async function load(reference: string): Promise<void> {
  await ctr(["images", "pull", "--plain-http", "--platform", "linux/amd64", reference]);
}

function ctr(args: string[]): Promise<string> {
  return run("ctr", ["--address", containerdSocket, "--namespace", "k8s.io", ...args]);
}
