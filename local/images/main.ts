import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { tolerateClosedPipes } from "../closed-pipe";
import { registryAddress } from "../paths";
import { buildImages, cachedImage, removeBuilt } from "./build";
import { images } from "./catalogue";
import { isContainerdUp, load, loadedImages } from "./containerd";
import type { Manifest } from "./image";
import { imagesDir } from "./inputs";
import { formatJarLock } from "./locks";
import type { Image } from "./model";
import { checkPrerequisites } from "./prerequisites";
import { Registry } from "./registry";
import { resolveJars } from "./sources/maven";

const usage = `Usage: tsx local/images/main.ts COMMAND
  build    build what changed, and hand it to the cluster if that is up
  prepare  build what changed; needs no cluster
  status   say which images are built and which the cluster has
  lock     write the jars that the poms resolve to into their locks
  clean    remove all that was built
Names of images, such as "kafka druid", after build, prepare or status keep it to these. Those that not every
stack needs are left out unless they are named so, or as in "--with airflow", beside all others.`;

const start = Date.now();

function report(line: string): void {
  console.log(`[${((Date.now() - start) / 1000).toFixed(0).padStart(4)} s] images: ${line}`);
}

async function build(): Promise<void> {
  const manifests = await prepare();
  const registry = new Registry(registryAddress);
  if (!(await registry.answers())) {
    report(`built; no registry answers at ${registryAddress}, so nothing is handed over`);
    return;
  }
  for (const [image, manifest] of manifests) await push(registry, image, manifest);
  if (!(await isContainerdUp())) return;
  const loaded = await loadedImages();
  for (const [image, manifest] of manifests) {
    const reference = referenceOf(image);
    if (!image.isPulled || loaded.get(reference) === manifest.digest) continue;
    await load(reference);
    report(`${reference}: loaded`);
  }
  report("all at hand");
}

async function prepare(): Promise<Map<Image, Manifest>> {
  const cached = await Promise.all(chosen().map((image) => cachedImage(image)));
  if (cached.includes(undefined)) await checkPrerequisites(report);
  return buildImages(chosen(), report);
}

async function push(registry: Registry, image: Image, manifest: Manifest): Promise<void> {
  const { repository, tag } = image;
  if ((await registry.digest(repository, tag, manifest.mediaType)) === manifest.digest) return;
  await registry.push(repository, tag, manifest);
  report(`${referenceOf(image)}: pushed`);
}

async function status(): Promise<void> {
  const registry = new Registry(registryAddress);
  const up = await registry.answers();
  const loaded = (await isContainerdUp()) ? await loadedImages() : new Map<string, string>();
  for (const image of chosen()) {
    const manifest = await cachedImage(image);
    const size = manifest?.blobs.reduce((sum, blob) => sum + blob.size, 0) ?? 0;
    const pushed =
      up && manifest
        ? (await registry.digest(image.repository, image.tag, manifest.mediaType)) ===
          manifest.digest
        : false;
    const states = [
      manifest ? `built, ${(size / 1e6).toFixed(0)} MB` : "not built",
      pushed ? "in the registry" : "not in the registry",
      manifest && loaded.get(referenceOf(image)) === manifest.digest ? "loaded" : "not loaded",
    ];
    console.log(`${referenceOf(image)}: ${states.join(", ")}`);
  }
}

async function lock(): Promise<void> {
  for (const { source } of images.flatMap((image) => image.layers)) {
    if (source.kind !== "maven") continue;
    const folder = await mkdtemp(join(tmpdir(), "jars-"));
    try {
      const jars = await resolveJars(source.pom, folder);
      await writeFile(join(imagesDir, source.lock), formatJarLock(jars));
      report(`${source.lock}: ${jars.size} jars`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** The images that the command line names; if it names none, all that every stack needs and those after --with. */
function chosen(): Image[] {
  const { positionals: only, values } = parseArgs({
    args: process.argv.slice(3),
    allowPositionals: true,
    options: { with: { type: "string", multiple: true, default: [] } },
  });
  const shortName = (image: Image) => image.name ?? image.repository.replace(/.*\//, "");
  for (const name of [...only, ...values.with]) {
    if (!images.some((image) => shortName(image) === name)) {
      throw new Error(`No image "${name}". There are: ${images.map(shortName).join(", ")}`);
    }
  }
  return images.filter((image) =>
    only.length > 0
      ? only.includes(shortName(image))
      : !image.onRequest || values.with.includes(shortName(image)),
  );
}

function referenceOf(image: Image): string {
  return `${registryAddress}/${image.repository}:${image.tag}`;
}

async function main(): Promise<void> {
  const commands: Record<string, () => Promise<unknown>> = {
    build,
    prepare,
    status,
    lock,
    clean: removeBuilt,
  };
  const command = commands[process.argv[2] ?? ""];
  if (!command) throw new Error(usage);
  await command();
}

tolerateClosedPipes();
main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
