import { copyFile, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { binaryPath, ensureBinary } from "../../go";
import { cacheDir } from "../../paths";
import type { GoSource } from "../model";

/**
 * Compiles the program. Its compiler's caches are not those of the cluster's programs, which are removed once those are compiled.
 * These are removed here, and so is the binary: the layer has it.
 */
export async function takeProgram({ program, path }: GoSource, tree: string): Promise<void> {
  const caches = join(cacheDir, "images", "go");
  await ensureBinary(program, caches);
  const target = join(tree, path);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(binaryPath(program), target);
  await rm(binaryPath(program));
  await rm(caches, { recursive: true, force: true });
}
