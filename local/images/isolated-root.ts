import { join } from "node:path";
import { run } from "./process";

/** A root file system put together from layers, for work that must see an image's own paths. */
export interface RootRequest {
  /** Trees of the layers below, lowest first. */
  readonly lower: string[];
  /** Tree that all that is written lands in, but for what is written below /tmp. */
  readonly upper: string;
  /** Program and arguments to run in the root, or … */
  readonly command?: string[];
  /** … the module, relative to local/images, whose `train` runs on the host's side of it. */
  readonly training?: string;
  readonly classPath?: string;
}

/**
 * Carries the request out in namespaces of its own: mounts, host name, processes and a network that is a
 * loopback alone. Nothing of them is left when it ends, however it ends.
 */
export async function inRoot(request: RootRequest): Promise<void> {
  const entry = join(__dirname, "isolated-root.main.ts");
  await run(
    "unshare",
    [
      ...["--mount", "--uts", "--net", "--pid", "--fork", "--kill-child=KILL"],
      ...[process.execPath, "--import", "tsx", entry, JSON.stringify(request)],
    ],
    { nice: true },
  );
}
