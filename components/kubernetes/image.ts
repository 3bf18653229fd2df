import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { KindImage } from "../../resources/kind/image";
import type { ImageValues } from "../../settings";
import type { App } from "./app";
import { containerImage } from "./pod";

/** Where images that are built here go. */
export interface Registry {
  /** `host[:port][/path]`. Empty: images are built and not pushed. */
  readonly address: string;
  /** Name of a kind cluster whose nodes the images are loaded into, instead of being pushed. Default: none. */
  readonly kindCluster?: string;
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

/**
 * Builds an image, pushes it where there is a registry or loads it into kind's nodes, and returns the reference that
 * pods pull, once they can.
 *
 * The tag is a hash of what the image is made of, so that pods roll when it changed, with and without a registry.
 */
export function buildImage(
  name: string,
  args: ImageArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { registry } = args;
  // As seen from the project's folder, where Pulumi runs: another checkout of the same stack has the same inputs.
  const context = relative(process.cwd(), args.context);
  const below = registry.address ? `${registry.address}/` : "";
  const tag = pulumi.output(args.files).apply((files) => contentTag(args, files));
  const image = new docker.Image(
    name,
    {
      imageName: pulumi.interpolate`${below}${args.repository}:${tag}`,
      skipPush: registry.address === "",
      build: {
        context,
        dockerfile: join(context, "Dockerfile"),
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

/** An image that the values name, or that is built here with what the official one lacks. */
export type BuildableImageValues = ImageValues & { build: { enabled: boolean; baseImage: string } };

/** A container's image: the values' own, or the one of the app's folder in images/, built here on top of the official one. */
export function imageOrBuild(app: App, values: BuildableImageValues, registry: Registry) {
  const { build, repository, pullPolicy } = values;
  if (!build.enabled) return containerImage(values);
  const image = buildImage(
    `${app.resourceName}-image`,
    {
      context: join(__dirname, "..", "..", "images", app.name),
      files: ["requirements.txt"],
      baseImage: build.baseImage,
      repository,
      registry,
    },
    { parent: app.parent },
  );
  return { image, imagePullPolicy: pullPolicy };
}

function contentTag({ context, baseImage }: ImageArgs, files: readonly string[]): string {
  const hash = createHash("sha256").update(baseImage);
  for (const file of ["Dockerfile", ...files]) hash.update(readFileSync(join(context, file)));
  return hash.digest("hex").slice(0, 16);
}

function host(address: string): string {
  return address.split("/")[0] ?? address;
}
