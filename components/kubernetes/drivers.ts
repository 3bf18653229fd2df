import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import type { DriverImageValues } from "../../settings";
import type { App } from "./app";
import { createConfigMap } from "./config";
import { buildImage, builtImagePullPolicy, canBuild, type Registry } from "./image";
import { type ContainerArgs, containerImage, type PodArgs } from "./pod";

type Pod = Omit<PodArgs, "component">;

/** The Python of an official image, and what it lacks. */
export interface PythonArgs {
  /** Path of its interpreter. */
  readonly interpreter: string;
  /** Folders that the image has on PYTHONPATH. Default: none. */
  readonly pythonPath?: readonly string[];
  /** True: packages without wheels are built by what build.txt locks. Default: wheels alone are installed. */
  readonly buildsFromSource?: boolean;
}

/** An image with all drivers, or an official one and the init container that installs what it lacks. */
export interface ImageWithDrivers {
  readonly container: Pick<ContainerArgs, "image" | "imagePullPolicy">;
  /** Undefined where the image has all drivers. */
  readonly install?: DriverInstall;
}

interface DriverInstall {
  readonly container: Omit<ContainerArgs, "resources">;
  /** The lists of packages. */
  readonly lists: k8s.core.v1.ConfigMap;
  readonly pythonPath: string;
}

const driversDir = "/opt/drivers";
const listsDir = "/etc/drivers";

/**
 * The image of an app with what images/<app>/requirements.txt lists: the values' own if it has that, else one that is built
 * here on top of it. Where there is neither a registry nor a kind cluster, each pod installs it; see {@link withDrivers}.
 */
export function imageWithDrivers(
  app: App,
  values: DriverImageValues,
  registry: Registry,
  python: PythonArgs,
): ImageWithDrivers {
  const container = containerImage(values);
  if (!values.drivers.install) return { container };
  const context = join(__dirname, "..", "..", "images", app.name);
  const files = ["requirements.txt", ...(python.buildsFromSource ? ["build.txt"] : [])];
  if (canBuild(registry)) {
    const image = buildImage(
      `${app.resourceName}-image`,
      { context, files, baseImage: container.image, repository: `analytics/${app.name}`, registry },
      { parent: app.parent },
    );
    const imagePullPolicy = builtImagePullPolicy(registry, values.pullPolicy);
    return { container: { image, imagePullPolicy } };
  }
  const data = Object.fromEntries(
    files.map((file) => [file, readFileSync(join(context, file), "utf8")]),
  );
  return {
    container,
    install: {
      lists: createConfigMap(app, "drivers", data, "drivers"),
      pythonPath: [...(python.pythonPath ?? []), driversDir].join(":"),
      container: { ...container, ...installer(python, values.drivers.indexUrl) },
    },
  };
}

/** The init container. What a restarted one finds installed already needs no index. */
function installer(python: PythonArgs, indexUrl: string) {
  return {
    name: "drivers",
    command: [
      ...["uv", "pip", "install", "--python", python.interpreter, "--target", driversDir],
      ...["--require-hashes", "--no-deps", "--requirements", `${listsDir}/requirements.txt`],
      ...(python.buildsFromSource
        ? ["--build-constraints", `${listsDir}/build.txt`]
        : ["--only-binary", ":all:"]),
      // The service's own file system is read-only: it can't write byte code.
      "--compile-bytecode",
      // The image's folder has a pyproject.toml that is not meant for this.
      ...["--no-config", "--no-cache", "--link-mode", "copy"],
    ],
    env: [
      { name: "HOME", value: "/tmp" },
      ...(indexUrl ? [{ name: "UV_DEFAULT_INDEX", value: indexUrl }] : []),
    ],
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: [
      { name: "drivers", mountPath: driversDir },
      { name: "driver-lists", mountPath: listsDir, readOnly: true },
    ],
  };
}

/** The pod, with an init container that installs the drivers, where the image lacks them, for its container to import. */
export function withDrivers({ install }: ImageWithDrivers, pod: Pod): Pod {
  if (!install) return pod;
  const { container, initContainers = [], volumes = [] } = pod;
  const { env = [], volumeMounts = [], resources } = container;
  return {
    ...pod,
    // A pod's request is the larger one of its init containers' and its container's: this one adds nothing.
    initContainers: [{ ...install.container, resources }, ...initContainers],
    container: {
      ...container,
      env: [...env, { name: "PYTHONPATH", value: install.pythonPath }],
      volumeMounts: [...volumeMounts, { name: "drivers", mountPath: driversDir, readOnly: true }],
    },
    volumes: [
      ...volumes,
      { name: "drivers", emptyDir: {} },
      { name: "driver-lists", configMap: { name: install.lists.metadata.name } },
    ],
  };
}
