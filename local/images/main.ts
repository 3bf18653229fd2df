import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ctr, isContainerdUp, loadedImages } from "../containerd";
import { registryAddress } from "../paths";
import { runCommands, say } from "../program";
import { buildImages, cachedImage, removeBuilt } from "./build";
import { images } from "./catalogue";
import { imagesDir } from "./inputs";
import { formatJarLock } from "./locks";
import type { Image } from "./model";
import { isPushed, push, registryAnswers } from "./registry";
import { resolveJars } from "./sources/maven";

const usage = `Usage: tsx local/images/main.ts COMMAND
  build    build what changed, and hand it to the cluster if that is up
  prepare  build what changed; needs no cluster
  status   say which images are built and which the cluster has
  lock     write the jars that the poms resolve to into their locks
  clean    remove all that was built
Names of images, such as "kafka druid", after build, prepare or status keep it to these. Those that not every
stack needs are left out unless they are named so, or as in "--with airflow", beside all others.`;

async function build(wanted: Image[]): Promise<void> {
  const manifests = await buildImages(wanted);
  if (!(await registryAnswers())) {
    say(`built; no registry answers at ${registryAddress}, so nothing is handed over`);
    return;
  }
  for (const [image, manifest] of manifests) {
    if (await isPushed(image, manifest)) continue;
    await push(image, manifest);
    say(`${referenceOf(image)}: pushed`);
  }
  if (!(await isContainerdUp())) return;
  const loaded = await loadedImages();
  for (const [image, manifest] of manifests) {
    const reference = referenceOf(image);
    if (!image.isPulled || loaded.get(reference) === manifest.digest) continue;
    await ctr("images", "pull", "--plain-http", "--platform", "linux/amd64", reference);
    say(`${reference}: loaded`);
  }
  say("all at hand");
}

async function status(wanted: Image[]): Promise<void> {
  const up = await registryAnswers();
  const loaded = (await isContainerdUp()) ? await loadedImages() : new Map<string, string>();
  for (const image of wanted) {
    const manifest = await cachedImage(image);
    const size = manifest?.blobs.reduce((sum, blob) => sum + blob.size, 0) ?? 0;
    const states = [
      manifest ? `built, ${(size / 1e6).toFixed(0)} MB` : "not built",
      `${up && manifest && (await isPushed(image, manifest)) ? "" : "not "}in the registry`,
      manifest && loaded.get(referenceOf(image)) === manifest.digest ? "loaded" : "not loaded",
    ];
    console.log(`${referenceOf(image)}: ${states.join(", ")}`);
  }
}

async function lock(): Promise<void> {
  for (const { source } of images.flatMap((image) => image.layers)) {
    if (source.kind !== "maven") continue;
    const folder = await mkdtemp(join(tmpdir(), "jars-"));
    const remove = () => rm(folder, { recursive: true, force: true });
    const jars = await resolveJars(source.pom, folder).finally(remove);
    await writeFile(join(imagesDir, source.lock), formatJarLock(jars));
    say(`${source.lock}: ${jars.size} jars`);
  }
}

/** The images that the command line names; if it names none, all that every stack needs and those after --with. */
function chosen(args: string[]): Image[] {
  const { positionals: only, values } = parseArgs({
    args,
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

runCommands(usage, {
  build: (args) => build(chosen(args)),
  prepare: (args) => buildImages(chosen(args)),
  status: (args) => status(chosen(args)),
  lock,
  clean: removeBuilt,
});
