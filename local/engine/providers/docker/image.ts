import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { OperationContext, PropertyMap } from "../../provider";
import { type CommandOptions, docker } from "./command";
import type { Build, ImageInputs, Registry } from "./image-inputs";

/** Where the Docker engine is; without a host, where the client says. */
export interface DockerSettings {
  host?: string;
  certPath?: string;
}

/** Builds an image and, unless told not to, pushes it. Returns the resource's outputs. */
export async function buildImage(
  ctx: OperationContext,
  settings: DockerSettings,
  inputs: ImageInputs,
): Promise<PropertyMap> {
  const scratch = mkdtempSync(join(tmpdir(), "docker-image-"));
  try {
    const options = commandOptions(ctx, settings, inputs, scratch);
    const imageId = await build(inputs, options, scratch);
    const isPushed = !inputs.skipPush && !ctx.preview;
    return {
      baseImageName: inputs.imageName,
      context: inputs.build.context,
      dockerfile: relative(inputs.build.context, inputs.build.dockerfile),
      imageName: inputs.imageName,
      platform: inputs.build.platform ?? "",
      registryServer: inputs.registry.server,
      repoDigest: isPushed ? await push(inputs.imageName, options) : imageId,
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The platform of this machine, as images name it. */
export function hostPlatform(): string {
  const architectures: Record<string, string> = { x64: "amd64", ia32: "386" };
  return `linux/${architectures[process.arch] ?? process.arch}`;
}

/** Whether a name says its registry, as one that is pushed must: `registry.example.com/a/b:1`. */
export function hasRegistry(imageName: string): boolean {
  const [host = "", ...rest] = imageName.split("/");
  return rest.length > 0 && (/[.:]/.test(host) || host === "localhost");
}

async function build(
  { imageName, build }: ImageInputs,
  options: CommandOptions,
  scratch: string,
): Promise<string> {
  options.onLine?.("Starting Docker build");
  const idFile = join(scratch, "image-id");
  await docker(
    ["build", ...buildArguments(imageName, build), "--iidfile", idFile, build.context],
    options,
  );
  return readFileSync(idFile, "utf8").trim();
}

function buildArguments(imageName: string, build: Build): string[] {
  const args = ["--file", build.dockerfile, "--tag", imageName];
  // Values go by the environment: other users of the machine can read a command line.
  for (const key of Object.keys(build.args)) args.push("--build-arg", key);
  if (build.target) args.push("--target", build.target);
  // The classic builder refuses any --platform on an engine without experimental features.
  if (build.platform && build.platform !== hostPlatform()) args.push("--platform", build.platform);
  if (build.network) args.push("--network", build.network);
  for (const host of build.addHosts) args.push("--add-host", host);
  for (const image of build.cacheFrom) args.push("--cache-from", image);
  return args;
}

/** Returns the pushed image by its digest in the registry. */
async function push(imageName: string, options: CommandOptions): Promise<string> {
  options.onLine?.("Pushing Image to the registry");
  const repository = imageName.replace(/(:[^:/@]+)?(@[^/]+)?$/, "");
  const output = await docker(["push", imageName], options);
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1];
  if (digest !== undefined) return `${repository}@${digest}`;
  const format = ["--format", "{{range .RepoDigests}}{{println .}}{{end}}"];
  const digests = await docker(["image", "inspect", ...format, imageName], options);
  const own = digests.split("\n").find((line) => line.startsWith(`${repository}@`));
  if (own !== undefined) return own.trim();
  throw new Error(
    `docker push ${imageName} reported no digest, and the engine knows none: is the registry ${repository.split("/")[0]} a registry?`,
  );
}

function commandOptions(
  ctx: OperationContext,
  settings: DockerSettings,
  { imageName, build, registry }: ImageInputs,
  scratch: string,
): CommandOptions {
  const env: NodeJS.ProcessEnv = { ...process.env, ...build.args };
  if (settings.host) env.DOCKER_HOST = settings.host;
  if (settings.certPath) {
    env.DOCKER_CERT_PATH = settings.certPath;
    env.DOCKER_TLS_VERIFY = "1";
  }
  if (build.builderV1 !== undefined) env.DOCKER_BUILDKIT = build.builderV1 ? "0" : "1";
  if (registry.username && registry.password) {
    env.DOCKER_CONFIG = writeClientConfig(scratch, imageName, registry);
  }
  return { env, signal: ctx.signal, onLine: (line) => ctx.status(line) };
}

/** The user's own client config with the program's credentials added, in a folder that is removed. */
function writeClientConfig(scratch: string, imageName: string, registry: Registry): string {
  const own = join(process.env.DOCKER_CONFIG ?? join(homedir(), ".docker"), "config.json");
  let config: { auths?: Record<string, unknown>; credsStore?: string } = {};
  try {
    config = JSON.parse(readFileSync(own, "utf8"));
  } catch {
    // There need be none.
  }
  const server = registry.server || imageName.split("/")[0] || "";
  const host = server.replace(/^https?:\/\//, "").split("/")[0] ?? "";
  const isHub = ["docker.io", "index.docker.io", "registry-1.docker.io"].includes(host);
  const auth = Buffer.from(`${registry.username}:${registry.password}`).toString("base64");
  // A store would be asked instead of what stands here.
  const { credsStore: _, ...rest } = config;
  const auths = {
    ...rest.auths,
    [isHub ? "https://index.docker.io/v1/" : host]: { auth },
  };
  writeFileSync(join(scratch, "config.json"), JSON.stringify({ ...rest, auths }), { mode: 0o600 });
  return scratch;
}
