import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { classPathManifest, zipOfOne } from "../classpath-jar";
import { imagesDir } from "../inputs";
import { type JarLock, jarDifferences, parseJarLock } from "../locks";
import type { MavenSource } from "../model";
import { run } from "../process";

/** Resolves the pom's jars, holds them to the lock and lays them out in `tree`. */
export async function layOutJars(source: MavenSource, tree: string): Promise<void> {
  const downloads = await mkdtemp(`${tree}.jars-`);
  try {
    const resolved = await resolveJars(source.pom, downloads);
    const lock = parseJarLock(await readFile(join(imagesDir, source.lock), "utf8"), source.lock);
    const differences = jarDifferences(lock, resolved);
    if (differences.length > 0) {
      throw new Error(
        `${source.pom} resolves to other jars than local/images/${source.lock} locks:\n` +
          `${differences.join("\n")}\nIf the pom was changed on purpose: tsx local/images/main.ts lock`,
      );
    }
    const root = join(tree, source.root);
    const classPath: string[] = [];
    for (const jar of [...resolved.keys()].sort()) {
      const folder = folderOf(jar, source.folders);
      if (folder === "jars") classPath.push(jar);
      await mkdir(join(root, folder), { recursive: true });
      await rename(join(downloads, jar), join(root, folder, jar));
    }
    const jar = join(root, source.classPathJar);
    await mkdir(dirname(jar), { recursive: true });
    const up = relative(dirname(source.classPathJar), "jars");
    const manifest = classPathManifest(classPath.map((name) => `${up}/${name}`));
    await writeFile(jar, zipOfOne("META-INF/MANIFEST.MF", manifest));
  } finally {
    await rm(downloads, { recursive: true, force: true });
  }
}

/** Downloads a pom's runtime jars into `folder`; gives their hashes. */
export async function resolveJars(pom: string, folder: string): Promise<JarLock> {
  await run("mvn", [
    "-q",
    "-B",
    "-f",
    join(imagesDir, pom),
    "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies",
    "-DincludeScope=runtime",
    `-DoutputDirectory=${folder}`,
  ]);
  const jars: JarLock = new Map();
  for (const jar of (await readdir(folder)).sort()) {
    const bytes = await readFile(join(folder, jar));
    jars.set(basename(jar), createHash("sha256").update(bytes).digest("hex"));
  }
  return jars;
}

/** `jars`, the class path's, unless the jar's artifact is named for another folder. */
export function folderOf(jar: string, folders: Record<string, string[]>): string {
  const artifact = jar.replace(/-\d[\w.+-]*\.jar$/, "");
  for (const [folder, artifacts] of Object.entries(folders)) {
    if (artifacts.includes(artifact)) return folder;
  }
  return "jars";
}
