import { existsSync } from "node:fs";
import { run, tryRun } from "./command";
import { containerdSocket } from "./paths";

/** Arguments of containerd's client that lead to the cluster's images. */
const client = ["--address", containerdSocket, "--namespace", "k8s.io"];

/** True if the cluster's containerd is there to load images into. */
export async function isContainerdUp(): Promise<boolean> {
  // Without a socket the client would wait for one.
  return existsSync(containerdSocket) && (await tryRun("ctr", [...client, "version"])).code === 0;
}

/** Reference → digest of each image that the kubelet can start without a pull. */
export async function loadedImages(): Promise<Map<string, string>> {
  const lines = (await ctr("images", "ls")).trim().split("\n").slice(1);
  return new Map(
    lines.map((line) => line.split(/\s+/)).map(([name = "", , digest = ""]) => [name, digest]),
  );
}

/** Runs a command of containerd's client on the cluster's images. */
export function ctr(...args: string[]): Promise<string> {
  return run("ctr", [...client, ...args], { timeoutMs: 1_800_000 });
}
