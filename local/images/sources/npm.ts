import { chmod, copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { imagesDir } from "../inputs";
import type { NpmSource } from "../model";
import { run } from "../process";

/** Installs the locked packages, without their scripts, and takes the named files. */
export async function takeFiles(source: NpmSource, tree: string): Promise<void> {
  const folder = await mkdtemp(`${tree}.npm-`);
  try {
    await copyFile(join(imagesDir, source.manifest), join(folder, "package.json"));
    await copyFile(join(imagesDir, source.lock), join(folder, "package-lock.json"));
    await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
    for (const [from, to] of Object.entries(source.files)) {
      await mkdir(dirname(join(tree, to)), { recursive: true });
      await copyFile(join(folder, from), join(tree, to));
      await chmod(join(tree, to), 0o755);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
