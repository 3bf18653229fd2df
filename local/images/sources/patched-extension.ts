import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { classPathManifest, zipOfOne } from "../classpath-jar";
import type { PatchedExtensionSource } from "../model";
import { run } from "../process";

/**
 * Downloads both versions, and lays what is taken of them out in `tree`.
 *
 * @throws Error with the file whose hash is another than the catalogue's
 */
export async function layOutExtension(source: PatchedExtensionSource, tree: string): Promise<void> {
  const { artifact, jar, later } = source;
  const name = artifact.replace(/.*:/, "");
  const downloads = await mkdtemp(`${tree}.jars-`);
  const maven = (goal: string, version: string, ...options: string[]) =>
    run(
      "mvn",
      [
        ...["-q", "-B", `org.apache.maven.plugins:maven-dependency-plugin:3.8.1:${goal}`],
        ...[`-Dartifact=${artifact}:${version}`, `-DoutputDirectory=${downloads}`, ...options],
      ],
      // It keeps notes of what it unpacked in the folder that it runs in.
      { cwd: downloads },
    );
  try {
    await maven("copy", jar.version);
    await maven("unpack", later.version, `-Dmdep.unpack.includes=${later.path}`);
    const folder = join(tree, source.folder);
    const take = async (path: string, sha256: string, place: string) => {
      await requireHash(join(downloads, path), sha256);
      await mkdir(dirname(join(folder, place)), { recursive: true });
      await rename(join(downloads, path), join(folder, place));
    };
    const jarName = `${name}-${jar.version}.jar`;
    await take(jarName, jar.sha256, `jars/${jarName}`);
    await take(later.path, later.sha256, `classes/${later.path}`);
    const manifest = classPathManifest(["classes/", `jars/${jarName}`]);
    await writeFile(join(folder, `${name}.jar`), zipOfOne("META-INF/MANIFEST.MF", manifest));
  } finally {
    await rm(downloads, { recursive: true, force: true });
  }
}

async function requireHash(file: string, sha256: string): Promise<void> {
  const found = createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
  if (found !== sha256) throw new Error(`${file} has SHA-256 ${found}, locked is ${sha256}`);
}
