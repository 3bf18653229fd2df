import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/**
 * Bundles the producer and its libraries into one CommonJS file for Node 22.
 *
 * The same sources give the same bytes (no clock, no absolute path in the output), so that an image is
 * built anew only when the producer changed.
 *
 * @param outDir folder for `main.js`, made when absent. @default producer/dist, which the Dockerfile reads
 * @returns the bundle's path
 * @throws esbuild's error, which lists file, line and cause, when the sources don't compile
 */
export async function bundleProducer(outDir: string = join(__dirname, "dist")): Promise<string> {
  const outfile = join(outDir, "main.js");
  await build({
    absWorkingDir: join(__dirname, ".."),
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
  });
  // The image's user reads it, whatever the umask here.
  await chmod(outfile, 0o644);
  return outfile;
}
