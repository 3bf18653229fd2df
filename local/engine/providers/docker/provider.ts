import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type CheckFailure,
  containsUnknown,
  type DiffResult,
  equalValues,
  isPropertyMap,
  mapWithoutSecrets,
  type OperationContext,
  type PropertyMap,
  type PropertyValue,
  type Provider,
  Secret,
  Unknown,
  withoutSecrets,
} from "../../provider";
import { digestContext } from "./context";
import { buildImage, type DockerSettings, hasRegistry, hostPlatform } from "./image";
import { type ImageInputs, parseImageInputs } from "./image-inputs";

const imageType = "docker:index/image:Image";

/** Images built from a Dockerfile by the Docker engine, as the Pulumi provider builds them. */
export class DockerProvider implements Provider {
  private settings: DockerSettings = {};

  async configure(inputs: PropertyMap): Promise<void> {
    const { host, certPath } = mapWithoutSecrets(inputs);
    this.settings = {
      host: typeof host === "string" && host !== "" ? host : undefined,
      certPath: typeof certPath === "string" && certPath !== "" ? certPath : undefined,
    };
  }

  idOf(_type: string, inputs: PropertyMap): string | undefined {
    const { imageName } = mapWithoutSecrets(inputs);
    return typeof imageName === "string" ? imageName : undefined;
  }

  async check(
    ctx: OperationContext,
    _olds: PropertyMap | undefined,
    news: PropertyMap,
  ): Promise<{ inputs: PropertyMap; failures: CheckFailure[] }> {
    if (ctx.type !== imageType) {
      const reason = `${ctx.type} is not supported by the embedded engine, which builds ${imageType} alone: install the Pulumi CLI (https://www.pulumi.com/docs/install/)`;
      return { inputs: news, failures: [{ property: "", reason }] };
    }
    const image = parseImageInputs(mapWithoutSecrets(news));
    const failures = faultsOf(news, image);
    const inputs = { ...news, buildOnPreview: image.buildOnPreview };
    if (failures.length > 0) return { inputs, failures };
    return { inputs: { ...inputs, build: checkedBuild(news.build, image) }, failures: [] };
  }

  async diff(
    _ctx: OperationContext,
    _id: string,
    oldInputs: PropertyMap,
    oldOutputs: PropertyMap,
    newInputs: PropertyMap,
    ignoreChanges: string[],
  ): Promise<DiffResult> {
    const kept = oldOutputs.__inputs && withoutSecrets(oldOutputs.__inputs);
    const olds = isPropertyMap(kept) ? kept : mapWithoutSecrets(oldInputs);
    const news = mapWithoutSecrets(newInputs);
    const detailedDiff: DiffResult["detailedDiff"] = {};
    for (const key of new Set([...Object.keys(olds), ...Object.keys(news)])) {
      if (ignoreChanges.includes(key) || isSame(key, olds[key], news[key])) continue;
      const kind = !(key in news) ? "delete" : !(key in olds) ? "add" : "update";
      detailedDiff[key] = { kind, inputDiff: true };
    }
    const changedKeys = Object.keys(detailedDiff);
    return {
      changes: changedKeys.length > 0,
      replaces: [],
      deleteBeforeReplace: false,
      detailedDiff,
      changedKeys,
    };
  }

  async create(
    ctx: OperationContext,
    inputs: PropertyMap,
  ): Promise<{ id: string; outputs: PropertyMap }> {
    const outputs = await this.build(ctx, inputs);
    return { id: ctx.preview ? "" : String(outputs.imageName), outputs };
  }

  /** What was built is not compared with what is in the registry. */
  async read(_ctx: OperationContext, id: string, inputs: PropertyMap, outputs: PropertyMap) {
    return { id, inputs, outputs };
  }

  async update(
    ctx: OperationContext,
    _id: string,
    _oldInputs: PropertyMap,
    _oldOutputs: PropertyMap,
    newInputs: PropertyMap,
  ): Promise<{ outputs: PropertyMap }> {
    return { outputs: await this.build(ctx, newInputs) };
  }

  /** Images stay: another stack, or a rollback, may use them. */
  async delete(): Promise<void> {}

  private async build(ctx: OperationContext, inputs: PropertyMap): Promise<PropertyMap> {
    const plain = mapWithoutSecrets(inputs);
    const image = parseImageInputs(plain);
    // A preview that doesn't build leaves the digest unknown.
    if (ctx.preview && (!image.buildOnPreview || containsUnknown(plain))) return inputs;
    const outputs = await buildImage(ctx, this.settings, image);
    ctx.status("");
    return { ...outputs, __inputs: new Secret(plain) };
  }
}

function checkedBuild(given: PropertyValue | undefined, image: ImageInputs): PropertyValue {
  if (given instanceof Unknown) return given;
  if (given instanceof Secret) return new Secret(checkedBuild(given.value, image));
  const build: PropertyMap = isPropertyMap(given) ? { ...given } : {};
  const { context, dockerfile } = image.build;
  const isKnown = (key: string) => !containsUnknown(build[key] ?? null);
  if (isKnown("context")) build.context = context;
  if (isKnown("dockerfile")) build.dockerfile = dockerfile;
  if (isKnown("context") && isKnown("dockerfile")) {
    build.contextDigest = digestContext(context, dockerfile);
  }
  build.platform ??= hostPlatform();
  return build;
}

function faultsOf(news: PropertyMap, image: ImageInputs): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const { context, dockerfile } = image.build;
  const build = news.build === undefined ? null : withoutSecrets(news.build);
  const isKnown =
    !isPropertyMap(build) ||
    !(containsUnknown(build.context ?? null) || containsUnknown(build.dockerfile ?? null));
  if (isKnown && !existsSync(context)) {
    failures.push({ property: "build.context", reason: `there is no folder ${context}` });
  } else if (isKnown && !existsSync(dockerfile)) {
    const inContext = join(context, dockerfile);
    const hint = existsSync(inContext)
      ? `: paths start at the program's folder, try ${inContext}`
      : "";
    failures.push({
      property: "build.dockerfile",
      reason: `there is no file ${dockerfile}${hint}`,
    });
  }
  const isNameKnown = image.imageName !== "";
  if (!isNameKnown && !containsUnknown(news.imageName ?? null)) {
    failures.push({ property: "imageName", reason: "is required" });
  }
  const isPushedByName = !image.skipPush && image.registry.server === "";
  if (isNameKnown && isPushedByName && !hasRegistry(image.imageName)) {
    failures.push({
      property: "imageName",
      reason: `must begin with the registry to push to, such as docker.io/${image.imageName}; is ${image.imageName}`,
    });
  }
  return failures;
}

/** Credentials may change without another build. */
function isSame(
  key: string,
  old: PropertyValue | undefined,
  input: PropertyValue | undefined,
): boolean {
  if (key === "registry" && isPropertyMap(old) && isPropertyMap(input)) {
    return equalValues(old.server, input.server);
  }
  return equalValues(old, input);
}
