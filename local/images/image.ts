import { createHash } from "node:crypto";
import { chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileDate, layerFolder, storeLayer } from "./layers";
import type { BuiltLayer, Image } from "./model";

/** A document that the registry stores by its digest. */
export interface Blob {
  readonly digest: string;
  readonly size: number;
  /** The text itself, or the file that holds it. */
  readonly content: { readonly text: string } | { readonly file: string };
}

export interface Manifest {
  /** Digest of `text`: names the image's exact content. */
  readonly digest: string;
  readonly text: string;
  readonly blobs: Blob[];
}

/** Media type of all manifests. */
export const manifestType = "application/vnd.oci.image.manifest.v1+json";
const configType = "application/vnd.oci.image.config.v1+json";
/** Uncompressed: nothing leaves this machine, and unpacking is what a first start waits for. */
const layerType = "application/vnd.oci.image.layer.v1.tar";

const systemPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The OCI manifest and configuration of an image whose layers, the user's included, are built. */
export function describeImage(image: Image, layers: BuiltLayer[]): Manifest {
  const { config: own, user, tag } = image;
  const env = { PATH: [...own.path, ...systemPath].join(":"), ...own.env };
  const config = textBlob({
    architecture: "amd64",
    os: "linux",
    created: new Date(fileDate * 1000).toISOString(),
    config: {
      User: String(user.uid),
      Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
      WorkingDir: own.workingDir,
      Cmd: own.command,
      StopSignal: own.stopSignal,
      Labels: { "org.opencontainers.image.version": tag },
    },
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.digest) },
    history: layers.map((layer) => ({ created_by: `local/images ${layer.name} ${layer.inputs}` })),
  });
  const manifest = textBlob({
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: configType, digest: config.digest, size: config.size },
    layers: layers.map(({ digest, size }) => ({ mediaType: layerType, digest, size })),
  });
  return {
    digest: manifest.digest,
    text: manifest.content.text,
    blobs: [
      ...layers.map(({ name, inputs, digest, size }) => ({
        ...{ digest, size },
        content: { file: join(layerFolder(name, inputs), "layer.tar") },
      })),
      config,
    ],
  };
}

/** Hash of what the user's layer holds. */
export function userInputs(image: Image): string {
  const text = JSON.stringify([image.user, image.folders]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** Name of the topmost layer, which is the image's own. */
export function userLayerName(image: Image): string {
  return `${image.repository.replace(/.*\//, "")}-user`;
}

/** Builds the topmost layer: the user, its home and folders, owned by it. */
export async function buildUserLayer(image: Image): Promise<BuiltLayer> {
  const options = { isLeaf: true, keepOwners: true };
  return storeLayer(userLayerName(image), userInputs(image), options, async (tree) => {
    const { name, uid, home } = image.user;
    await mkdir(join(tree, "etc"), { recursive: true });
    await writeFile(
      join(tree, "etc/passwd"),
      "root:x:0:0:root:/root:/usr/sbin/nologin\n" +
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n" +
        `${name}:x:${uid}:${uid}:${name}:${home}:/usr/sbin/nologin\n`,
    );
    await writeFile(join(tree, "etc/group"), `root:x:0:\nnogroup:x:65534:\n${name}:x:${uid}:\n`);
    for (const path of [home, ...image.folders]) {
      await mkdir(join(tree, path), { recursive: true });
      await chown(join(tree, path), uid, uid);
    }
    return undefined;
  });
}

function textBlob(value: unknown) {
  const text = JSON.stringify(value);
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  return { digest, size: Buffer.byteLength(text), content: { text } };
}
