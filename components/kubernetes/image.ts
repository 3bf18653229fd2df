import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { KindImage } from "../../resources/kind/image";
import type { ImageValues } from "../../settings";

/** Where images that are built here go. */
export interface Registry {
  /** `host[:port][/path]`. Empty: nothing is pushed. */
  readonly address: string;
  /** Name of a kind cluster whose nodes the images are loaded into, instead of being pushed. Default: none. */
  readonly kindCluster?: string;
  /** Platform of the nodes, such as `linux/amd64`. Default: the Docker engine's own. */
  readonly platform?: string;
  /** Default: the Docker client's own login. */
  readonly credentials?: { readonly username: string; readonly password: pulumi.Input<string> };
}

/** Whether nodes can get an image that is built here. */
export function canBuild({ address, kindCluster }: Registry): boolean {
  return address !== "" || kindCluster !== undefined;
}

export interface ImageArgs {
  /** Folder that is sent to the Docker engine, with its Dockerfile. */
  readonly context: string;
  /** Files of `context` that the image is made of, to which its tag belongs; where they are made first, once they are. */
  readonly files: pulumi.Input<readonly string[]>;
  /** Image that the Dockerfile starts from, as its argument BASE_IMAGE. */
  readonly baseImage: string;
  /** Name below the registry, without a tag. */
  readonly repository: string;
  readonly registry: Registry;
}

/** Host in the names of images that are only in kind's nodes. No registry can have a name below `.local` (RFC 6762). */
const kindHost = "kind.local";

/** Pull policy of an image that is built here: what kind's nodes were not loaded with, no registry has. */
export function builtImagePullPolicy(registry: Registry, configured: ImageValues["pullPolicy"]) {
  return registry.address === "" ? "Never" : configured;
}

/**
 * Builds an image, pushes it where there is a registry or loads it into kind's nodes, and returns the reference that
 * pods pull, once they can.
 *
 * The tag is a hash of what the image is made of, so that pods roll when it changed, with and without a registry.
 *
 * @throws Error if there is neither a registry nor a kind cluster: nodes would ask Docker Hub for the name, where it may be
 *   somebody else's
 */
export function buildImage(
  name: string,
  args: ImageArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { registry } = args;
  if (!canBuild(registry)) {
    throw new Error(
      `no node could pull ${args.repository}: set imageRegistry, or kindCluster, where it is built`,
    );
  }
  // As seen from the project's folder, where Pulumi runs: another checkout of the same stack has the same inputs.
  const context = relative(process.cwd(), args.context);
  const tag = pulumi.output(args.files).apply((files) => contentTag(args, files));
  const image = new docker.Image(
    name,
    {
      imageName: pulumi.interpolate`${registry.address || kindHost}/${args.repository}:${tag}`,
      skipPush: registry.address === "",
      build: {
        context,
        dockerfile: join(context, "Dockerfile"),
        platform: registry.platform,
        args: { BASE_IMAGE: args.baseImage },
      },
      ...(registry.address &&
        registry.credentials && {
          registry: { server: host(registry.address), ...registry.credentials },
        }),
    },
    opts,
  );
  if (!registry.kindCluster) return image.imageName;
  const loaded = { cluster: registry.kindCluster, image: image.imageName };
  return new KindImage(`${name}-in-kind`, loaded, opts).image;
}

function contentTag({ context, baseImage, registry }: ImageArgs, files: readonly string[]): string {
  const hash = createHash("sha256").update(`${baseImage} ${registry.platform ?? ""}`);
  for (const file of ["Dockerfile", ...files]) hash.update(readFileSync(join(context, file)));
  return hash.digest("hex").slice(0, 16);
}

function host(address: string): string {
  return address.split("/")[0] ?? address;
}
