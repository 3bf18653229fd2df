import { isAbsolute } from "node:path";
import { isPropertyMap, type PropertyMap, type PropertyValue, Unknown } from "../../provider";

/** How an image is built, as `docker.Image` takes it, with the defaults filled in. */
export interface Build {
  context: string;
  /** Relative to the program's folder, not to the context. */
  dockerfile: string;
  args: Record<string, string>;
  target?: string;
  /** Such as `linux/amd64`. */
  platform?: string;
  network?: string;
  addHosts: string[];
  cacheFrom: string[];
  /** True: the classic builder instead of BuildKit. Undefined: what the client has. */
  builderV1?: boolean;
}

export interface Registry {
  server: string;
  username: string;
  password: string;
}

export interface ImageInputs {
  imageName: string;
  skipPush: boolean;
  buildOnPreview: boolean;
  build: Build;
  registry: Registry;
}

/** Reads inputs that hold no secrets; what is unknown is taken as unset. */
export function parseImageInputs(inputs: PropertyMap): ImageInputs {
  const registry = mapOf(inputs.registry);
  return {
    imageName: text(inputs.imageName) ?? "",
    skipPush: inputs.skipPush === true,
    buildOnPreview: inputs.buildOnPreview === true,
    build: parseBuild(inputs.build),
    registry: {
      server: text(registry.server) ?? "",
      username: text(registry.username) ?? "",
      password: text(registry.password) ?? "",
    },
  };
}

function parseBuild(value: PropertyValue | undefined): Build {
  // A bare text is the context.
  const build: PropertyMap = typeof value === "string" ? { context: value } : mapOf(value);
  const context = text(build.context) || ".";
  const builder = text(build.builderVersion);
  return {
    context,
    dockerfile: text(build.dockerfile) || joinSlash(context, "Dockerfile"),
    args: texts(build.args),
    target: text(build.target),
    platform: text(build.platform),
    network: text(build.network),
    addHosts: list(build.addHosts),
    cacheFrom: list(mapOf(build.cacheFrom).images),
    ...(builder === undefined ? {} : { builderV1: builder === "BuilderV1" }),
  };
}

/** As the Go provider joins: `./producer` and `Dockerfile` give `producer/Dockerfile`. */
function joinSlash(folder: string, file: string): string {
  const parts = `${folder}/${file}`.split("/").filter((part) => part !== "" && part !== ".");
  return (isAbsolute(folder) ? "/" : "") + parts.join("/");
}

function mapOf(value: PropertyValue | undefined): PropertyMap {
  return isPropertyMap(value) ? value : {};
}

function text(value: PropertyValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function list(value: PropertyValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function texts(value: PropertyValue | undefined): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [key, item] of Object.entries(mapOf(value))) {
    if (item !== null && !(item instanceof Unknown)) result[key] = String(item);
  }
  return result;
}
