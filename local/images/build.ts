import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { exclusively } from "../exclusive";
import { say } from "../program";
import { images } from "./catalogue";
import { buildUserLayer, describeImage, type Manifest, userInputs, userLayerName } from "./image";
import { buildLayer, cachedLayer, layersDir, readLayer, removeAbandoned } from "./layers";
import type { BuiltLayer, Image, Layer } from "./model";
import { checkPrerequisites } from "./prerequisites";

const folder = join(layersDir, "..");

/** Builds what of the images is not in the cache; gives each image's manifest. */
export async function buildImages(wanted: Image[]): Promise<Map<Image, Manifest>> {
  const cached = await Promise.all(wanted.map(cachedImage));
  const manifests = cached.every((manifest) => manifest !== undefined)
    ? cached
    : await exclusively(join(folder, "lock"), "builds images too", () => buildMissing(wanted));
  return new Map(wanted.map((image, index) => [image, manifests[index] as Manifest]));
}

async function buildMissing(wanted: Image[]): Promise<Manifest[]> {
  await checkPrerequisites();
  await mkdir(layersDir, { recursive: true });
  await removeAbandoned();
  const builder = new Builder();
  const results = await Promise.allSettled(wanted.map((image) => builder.image(image)));
  // What else was under way was built to its end, so that the next run needn't.
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

/** The manifest of an image if all of it is in the cache. */
export async function cachedImage(image: Image): Promise<Manifest | undefined> {
  const layers = await Promise.all(image.layers.map((layer) => cachedLayer(layer)));
  const built = [...layers, readUserLayer(image)].filter((layer) => layer !== undefined);
  return built.length === layers.length + 1 ? describeImage(image, built) : undefined;
}

function readUserLayer(image: Image): BuiltLayer | undefined {
  return readLayer(userLayerName(image), userInputs(image));
}

class Builder {
  private readonly layers = new Map<string, Promise<BuiltLayer>>();
  private readonly queue = limit(2);
  private readonly inner = new Set(images.flatMap(({ layers }) => layers.flatMap(({ on }) => on)));

  async image(image: Image): Promise<Manifest> {
    const layers = await Promise.all(image.layers.map((layer) => this.layer(layer)));
    return describeImage(image, [...layers, readUserLayer(image) ?? (await buildUserLayer(image))]);
  }

  private layer(layer: Layer): Promise<BuiltLayer> {
    const built = this.layers.get(layer.name) ?? this.make(layer);
    this.layers.set(layer.name, built);
    return built;
  }

  private async make(layer: Layer): Promise<BuiltLayer> {
    const cached = await cachedLayer(layer);
    if (cached) return cached;
    await Promise.all(layer.on.map((below) => this.layer(below)));
    return this.queue(async () => {
      const start = Date.now();
      say(`${layer.name}: building`);
      const built = await buildLayer(layer, !this.inner.has(layer));
      const seconds = ((Date.now() - start) / 1000).toFixed(0);
      say(`${layer.name}: built in ${seconds} s, ${(built.size / 1e6).toFixed(0)} MB`);
      return built;
    });
  }
}

/** Lets a number of tasks run at once. */
function limit(free: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return task().finally(() => {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    });
  };
}

/** Removes all that was built. */
export async function removeBuilt(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
