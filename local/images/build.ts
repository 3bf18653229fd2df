import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { images } from "./catalogue";
import { exclusively } from "./exclusive";
import { buildUserLayer, describeImage, type Manifest, userInputs, userLayerName } from "./image";
import { buildLayer, cachedLayer, layerFolder, layersDir, removeAbandoned } from "./layers";
import type { BuiltLayer, Image, Layer } from "./model";

/** Says what is done, and how long it took. */
export type Report = (line: string) => void;

/** Builds what of the images is not in the cache; gives each image's manifest. */
export async function buildImages(wanted: Image[], report: Report): Promise<Map<Image, Manifest>> {
  const cached = await Promise.all(wanted.map((image) => cachedImage(image)));
  const known = cached.filter((manifest) => manifest !== undefined);
  if (known.length === wanted.length) return pair(wanted, known);
  return exclusively(join(layersDir, "..", "lock"), report, () => buildMissing(wanted, report));
}

async function buildMissing(wanted: Image[], report: Report): Promise<Map<Image, Manifest>> {
  await mkdir(layersDir, { recursive: true });
  await removeAbandoned();
  const builder = new Builder(report);
  const results = await Promise.allSettled(wanted.map((image) => builder.image(image)));
  // What else was under way was built to its end, so that the next run needn't.
  const manifests = results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
  return pair(wanted, manifests);
}

/** The manifest of an image if all of it is in the cache. */
export async function cachedImage(image: Image): Promise<Manifest | undefined> {
  const layers = await Promise.all(image.layers.map((layer) => cachedLayer(layer)));
  const user = await readUserLayer(image);
  const built = [...layers, user].filter((layer) => layer !== undefined);
  return built.length === layers.length + 1 ? manifestOf(image, built) : undefined;
}

function pair(wanted: Image[], manifests: Manifest[]): Map<Image, Manifest> {
  const pairs = new Map<Image, Manifest>();
  wanted.forEach((image, index) => {
    const manifest = manifests[index];
    if (manifest) pairs.set(image, manifest);
  });
  return pairs;
}

class Builder {
  private readonly layers = new Map<string, Promise<BuiltLayer>>();
  private readonly queue = new Slots(2);
  private readonly inner = new Set(images.flatMap(({ layers }) => layers.flatMap(({ on }) => on)));

  constructor(private readonly report: Report) {}

  async image(image: Image): Promise<Manifest> {
    const layers = await Promise.all(image.layers.map((layer) => this.layer(layer)));
    const user = (await readUserLayer(image)) ?? (await buildUserLayer(image, userFolder(image)));
    return manifestOf(image, [...layers, user]);
  }

  private layer(layer: Layer): Promise<BuiltLayer> {
    const known = this.layers.get(layer.name);
    if (known) return known;
    const built = this.make(layer);
    this.layers.set(layer.name, built);
    return built;
  }

  private async make(layer: Layer): Promise<BuiltLayer> {
    const cached = await cachedLayer(layer);
    if (cached) return cached;
    await Promise.all(layer.on.map((below) => this.layer(below)));
    return this.queue.take(async () => {
      const start = Date.now();
      this.report(`${layer.name}: building`);
      const built = await buildLayer(layer, !this.inner.has(layer));
      const seconds = ((Date.now() - start) / 1000).toFixed(0);
      this.report(`${layer.name}: built in ${seconds} s, ${(built.size / 1e6).toFixed(0)} MB`);
      return built;
    });
  }
}

/** Lets a number of tasks run at once. */
class Slots {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async take<T>(task: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}

function manifestOf(image: Image, layers: BuiltLayer[]): Manifest {
  return describeImage(image, layers, (layer) =>
    join(layerFolder(layer.name, layer.inputs), "layer.tar"),
  );
}

function userFolder(image: Image): string {
  return layerFolder(userLayerName(image), userInputs(image));
}

async function readUserLayer(image: Image): Promise<BuiltLayer | undefined> {
  const text = await readFile(join(userFolder(image), "layer.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

/** Removes all that was built. */
export async function removeBuilt(): Promise<void> {
  await rm(join(layersDir, ".."), { recursive: true, force: true });
}
