import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Layer, Source } from "./model";

/** Folder of the catalogue: paths in it are relative to this. */
export const imagesDir = __dirname;

const pythonTools = ["tools/requirements.txt", "tools/build.txt"];

/** Files whose text decides what a layer holds, beside its description. */
export function inputFiles(source: Source): string[] {
  switch (source.kind) {
    case "debian":
      return ["sources/debian.ts"];
    case "maven":
      return [source.pom, source.lock, "sources/maven.ts", "classpath-jar.ts"];
    case "patched-extension":
      return ["sources/patched-extension.ts", "classpath-jar.ts"];
    case "python":
      return [source.requirements, ...pythonTools, "sources/python.ts"];
    case "npm":
      return [source.manifest, source.lock, "sources/npm.ts"];
    case "go": {
      const folder = source.program.module.replace(/^images\//, "");
      return [`${folder}/go.mod`, `${folder}/go.sum`, "sources/go.ts"];
    }
    case "class-archive":
      return [source.training, "sources/class-archive.ts", "training/root.ts"];
    case "removal":
      return [];
  }
}

/**
 * Hash of a layer's description, of its input files and of all layers below: equal exactly when
 * nothing that goes into it changed. 16 hexadecimal digits.
 */
export async function inputsHash(
  layer: Layer,
  read: (path: string) => Promise<string> = (path) => readFile(join(imagesDir, path), "utf8"),
): Promise<string> {
  const hash = createHash("sha256");
  hash.update(sortedJson(layer.source));
  for (const path of inputFiles(layer.source)) hash.update(`\0${path}\0${await read(path)}`);
  for (const below of layer.on) hash.update(`\0${below.name} ${await inputsHash(below, read)}`);
  return hash.digest("hex").slice(0, 16);
}

/** JSON whose keys are in order, so that the order in the source text doesn't count. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
