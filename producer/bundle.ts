import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";

const root = join(__dirname, "..");

/**
 * Bundles a program and its libraries into one CommonJS file for Node 22.
 *
 * The same sources give the same bytes (the output has no time and no absolute path), so that an image is built only when
 * the program has changed. If no source was written since the last bundle, that bundle is used. It must fit in a ConfigMap,
 * which holds 1 MiB; names are kept, because stack traces have them.
 *
 * @param entry the program's first file, from the project's folder
 * @param outDir folder for `main.js`, made if it doesn't exist
 * @returns the bundle's path
 * @throws esbuild's error, with file, line and cause, if the sources don't compile
 */
export async function bundleProgram(entry: string, outDir: string): Promise<string> {
  const outfile = join(outDir, "main.js");
  const stampsFile = join(outDir, "inputs.json");
  if (await isCurrent(stampsFile)) return outfile;
  const { build } = await import("esbuild");
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "inline",
    logLevel: "silent",
    metafile: true,
  });
  // The image's user must be able to read the file, whatever the umask is here.
  await chmod(outfile, 0o644);
  const files = [...Object.keys(metafile.inputs), __filename, outfile];
  await writeFile(stampsFile, JSON.stringify(await stampsOf(files)));
  return outfile;
}

/** @param outDir Default: producer/dist, which the Dockerfile reads. */
export function bundleProducer(outDir: string = join(__dirname, "dist")): Promise<string> {
  return bundleProgram("producer/main.ts", outDir);
}

/** For each file, by its path from the project's folder, the values that change when it is written. */
async function stampsOf(files: readonly string[]): Promise<Record<string, string>> {
  const stamps = files.map(async (file) => {
    const { mtimeMs, size } = await stat(resolve(root, file));
    return [file, `${mtimeMs} ${size}`] as const;
  });
  return Object.fromEntries(await Promise.all(stamps));
}

/** Whether neither a source, nor a package, nor the bundle was written since the bundle was made. */
async function isCurrent(stampsFile: string): Promise<boolean> {
  try {
    const stamps: Record<string, string> = JSON.parse(await readFile(stampsFile, "utf8"));
    return isDeepStrictEqual(stamps, await stampsOf(Object.keys(stamps)));
  } catch {
    // The bundle was never made, or a source was removed.
    return false;
  }
}
