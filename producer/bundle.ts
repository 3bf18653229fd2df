import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";

const root = join(__dirname, "..");

/**
 * Bundles the producer and its libraries into one CommonJS file for Node 22.
 *
 * The same sources give the same bytes (no clock, no absolute path in the output), so that an image is
 * built anew only when the producer changed. Where nothing was written since the last bundle, that one is it.
 *
 * @param outDir folder for `main.js`, made when absent. @default producer/dist, which the Dockerfile reads
 * @returns the bundle's path
 * @throws esbuild's error, which lists file, line and cause, when the sources don't compile
 */
export async function bundleProducer(outDir: string = join(__dirname, "dist")): Promise<string> {
  const outfile = join(outDir, "main.js");
  const stampsFile = join(outDir, "inputs.json");
  if (await isCurrent(stampsFile)) return outfile;
  const { build } = await import("esbuild");
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["producer/main.ts"],
    outfile,
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    sourcemap: "inline",
    sourcesContent: false,
    legalComments: "inline",
    logLevel: "silent",
    metafile: true,
  });
  // The image's user reads it, whatever the umask here.
  await chmod(outfile, 0o644);
  const files = [...Object.keys(metafile.inputs), __filename, outfile];
  await writeFile(stampsFile, JSON.stringify(await stampsOf(files)));
  return outfile;
}

/** Of each file, as seen from the project's folder, what tells that it was written. */
async function stampsOf(files: readonly string[]): Promise<Record<string, string>> {
  const stamps = files.map(async (file) => {
    const { mtimeMs, size } = await stat(resolve(root, file));
    return [file, `${mtimeMs} ${size}`] as const;
  });
  return Object.fromEntries(await Promise.all(stamps));
}

/** Whether no source, no package and not the bundle itself was written since it was made. */
async function isCurrent(stampsFile: string): Promise<boolean> {
  try {
    const stamps: Record<string, string> = JSON.parse(await readFile(stampsFile, "utf8"));
    return isDeepStrictEqual(stamps, await stampsOf(Object.keys(stamps)));
  } catch {
    // Never made, or a file is gone.
    return false;
  }
}
