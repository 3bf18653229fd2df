import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { readIfThere } from "../files";
import { cacheDir } from "../paths";
import { inputsHash } from "./inputs";
import { inRoot } from "./isolated-root";
import type { BuiltLayer, Layer } from "./model";
import { run } from "./process";
import { archiveClasses } from "./sources/class-archive";
import { unpackDebian } from "./sources/debian";
import { takeProgram } from "./sources/go";
import { layOutJars } from "./sources/maven";
import { takeFiles } from "./sources/npm";
import { layOutExtension } from "./sources/patched-extension";
import { compileCommand, installPackages } from "./sources/python";

/**
 * Date of every file, in seconds since 1970 (2020-01-01): a layer made again from the same inputs
 * is the same, and class archives, which hold the dates of jars, stay valid.
 */
export const fileDate = 1_577_836_800;

export const layersDir = join(cacheDir, "images", "layers");

/** Folder of a layer in the cache: `layer.tar`, `layer.json`, and `tree` if others build on it. */
export function layerFolder(name: string, inputs: string): string {
  return join(layersDir, `${name}-${inputs}`);
}

/** The layer as it lies in the cache, or nothing if it must be built. */
export async function cachedLayer(layer: Layer): Promise<BuiltLayer | undefined> {
  return readLayer(layer.name, await inputsHash(layer));
}

/** The same of a layer that is known by the hash of its inputs. */
export function readLayer(name: string, inputs: string): BuiltLayer | undefined {
  const text = readIfThere(join(layerFolder(name, inputs), "layer.json"));
  return text === undefined ? undefined : JSON.parse(text);
}

/**
 * Builds a layer whose lower layers are built. It appears in the cache whole or not at all.
 * @param isLeaf no other layer builds on it: its tree is not kept beside its tar.
 */
export async function buildLayer(layer: Layer, isLeaf: boolean): Promise<BuiltLayer> {
  return storeLayer(layer.name, await inputsHash(layer), { isLeaf }, async (tree) => {
    const versions = await fill(layer, tree);
    await setDates(tree);
    return versions;
  });
}

/** Puts what `fillTree` makes into the cache, in the place of older builds. */
export async function storeLayer(
  name: string,
  inputs: string,
  { isLeaf, keepOwners }: { isLeaf: boolean; keepOwners?: boolean },
  fillTree: (tree: string) => Promise<Record<string, string> | undefined>,
): Promise<BuiltLayer> {
  // Named for this process, so that what a killed one left can be told.
  const work = await mkdtemp(join(layersDir, `.${name}-${process.pid}-`));
  try {
    const tree = join(work, "tree");
    await mkdir(tree);
    const versions = await fillTree(tree);
    const built = { name, inputs, ...(await writeTar(tree, join(work, "layer.tar"), keepOwners)) };
    await writeFile(join(work, "layer.json"), JSON.stringify({ ...built, versions }, undefined, 2));
    if (isLeaf) await rm(tree, { recursive: true });
    // Older builds of it.
    await removeFolders((folder) => folder.replace(/-[0-9a-f]{16}$/, "") === name);
    await rename(work, layerFolder(name, inputs));
    return built;
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    throw new Error(`layer ${name}: ${(error as Error).message}`, { cause: error });
  }
}

/** Writes a folder as an uncompressed tar, sorted, owned by root unless told; gives its digest. */
async function writeTar(
  tree: string,
  file: string,
  keepOwners = false,
): Promise<Pick<BuiltLayer, "digest" | "size">> {
  await run("tar", [
    ...["--create", "--file", file, "--sort=name", "--format=gnu", "--numeric-owner"],
    ...(keepOwners ? [] : ["--owner=0", "--group=0"]),
    ...[`--mtime=@${fileDate}`, "--directory", tree, "."],
  ]);
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return { digest: `sha256:${hash.digest("hex")}`, size: (await stat(file)).size };
}

async function fill(layer: Layer, tree: string): Promise<Record<string, string> | undefined> {
  const lower = await Promise.all(
    layer.on.map(async (below) => join(layerFolder(below.name, await inputsHash(below)), "tree")),
  );
  const { source } = layer;
  switch (source.kind) {
    case "debian": {
      const versions = await unpackDebian(source, tree, lower.length === 0);
      if (source.setup) {
        await setDates(tree);
        await inRoot({ lower, upper: tree, command: ["/bin/sh", "-euc", source.setup] });
      }
      return versions;
    }
    case "maven":
      await layOutJars(source, tree);
      break;
    case "patched-extension":
      await layOutExtension(source, tree);
      break;
    case "python":
      await installPackages(source, tree);
      await inRoot({ lower, upper: tree, command: compileCommand(source) });
      break;
    case "npm":
      await takeFiles(source, tree);
      break;
    case "go":
      await takeProgram(source, tree);
      break;
    case "class-archive":
      await archiveClasses(source, tree, lower);
      break;
    case "removal":
      // A file of this name hides the one below it (OCI image specification, "Whiteouts").
      for (const path of source.paths) {
        await mkdir(join(tree, dirname(path)), { recursive: true });
        await writeFile(join(tree, dirname(path), `.wh.${basename(path)}`), "");
      }
  }
  return undefined;
}

async function setDates(tree: string): Promise<void> {
  await run("sh", ["-c", 'find "$1" -exec touch -h -d "$2" {} +', "sh", tree, `@${fileDate}`]);
}

/** Removes the folders of builds whose process is no more. */
export function removeAbandoned(): Promise<void> {
  return removeFolders((folder) => {
    const pid = /^\..*-(\d+)-\w{6}$/.exec(folder)?.[1];
    return pid !== undefined && !existsSync(`/proc/${pid}`);
  });
}

async function removeFolders(isUnwanted: (folder: string) => boolean): Promise<void> {
  for (const folder of (await readdir(layersDir)).filter(isUnwanted)) {
    await rm(join(layersDir, folder), { recursive: true, force: true });
  }
}
