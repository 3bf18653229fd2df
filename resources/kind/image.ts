import { execFile } from "node:child_process";
import type * as pulumi from "@pulumi/pulumi";
import { changedKeys } from "../drift";
import { DynamicResource } from "../dynamic-resource";

/** The inputs as the provider sees them. */
export interface KindImageInputs {
  readonly cluster: string;
  readonly image: string;
  readonly __provider?: string;
}

/**
 * Runs a program to its end.
 *
 * @throws Error with the command and all that it printed, when it isn't there or fails
 */
async function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { timeout: 600_000 }, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (error.code === "ENOENT") {
        reject(
          new Error(`${command} is not on the PATH; kindCluster needs kind and Docker's client`),
        );
      } else
        reject(new Error(`${[command, ...args].join(" ")}: ${stderr || stdout || error.message}`));
    });
  });
}

async function nodesOf(cluster: string): Promise<string[]> {
  const nodes = await run("kind", ["get", "nodes", "--name", cluster]);
  return nodes.split(/\s+/).filter((node) => node !== "");
}

async function load({ cluster, image }: KindImageInputs): Promise<void> {
  if ((await nodesOf(cluster)).length === 0) {
    throw new Error(
      `there is no kind cluster ${cluster} to load ${image} into; make it: kind create cluster --name ${cluster}`,
    );
  }
  await run("kind", ["load", "docker-image", image, "--name", cluster]);
}

/** Whether every node has the image, as the kubelet would look for it. */
async function isLoaded({ cluster, image }: KindImageInputs): Promise<boolean> {
  const nodes = await nodesOf(cluster);
  if (nodes.length === 0) return false;
  const found = await Promise.all(
    nodes.map((node) =>
      // `crictl images --quiet` with a name lists all images.
      run("docker", ["exec", node, "crictl", "inspecti", "--quiet", image]).then(
        () => true,
        (error: Error) => {
          if (/no such image/i.test(error.message)) return false;
          throw error;
        },
      ),
    ),
  );
  return found.every((one) => one);
}

const idOf = ({ cluster, image }: KindImageInputs) => `${cluster}/${image}`;

/** Exported for its test. */
export const kindImageProvider: pulumi.dynamic.ResourceProvider<KindImageInputs, KindImageInputs> =
  {
    async diff(_id, olds, news) {
      const replaces = changedKeys(olds, news, ["cluster", "image"]);
      const changed = replaces.length > 0 || olds.__provider !== news.__provider;
      return { changes: changed, replaces, deleteBeforeReplace: false };
    },
    async create(inputs) {
      await load(inputs);
      return { id: idOf(inputs), outs: inputs };
    },
    async read(id, props) {
      if (!props || !(await isLoaded(props))) return {};
      return { id, props };
    },
    async update(_id, _olds, news) {
      return { outs: news };
    },
    // The image stays in the nodes, where a pod may still use it, until they are deleted.
    async delete() {},
  };

export interface KindImageArgs {
  /** Name of the kind cluster. */
  readonly cluster: pulumi.Input<string>;
  /** `repository:tag` of an image of the Docker engine. */
  readonly image: pulumi.Input<string>;
}

/** An image of the Docker engine, loaded into the nodes of a kind cluster, so that it needs no registry. */
export class KindImage extends DynamicResource {
  /** The image, once every node has it. */
  declare readonly image: pulumi.Output<string>;

  constructor(name: string, args: KindImageArgs, options?: pulumi.CustomResourceOptions) {
    super("kind:Image", name, { ...args }, options);
  }
}
