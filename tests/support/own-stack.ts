/** A stack for one test, with the values of the tests' stack and other versions. */
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { fetchAs } from "../../resources/http-login";
import { parseOutputs, type StackOutputs } from "../../verify/outputs";
import { coreApi, execInPod, runningPods } from "./kubernetes";
import { mustMake, type Run, testStack } from "./stack";

export const root = join(__dirname, "../..");

export class OwnStack {
  readonly name: string;
  readonly namespace: string;
  private readonly files: string[] = [];

  constructor(suffix: string) {
    this.name = `${testStack}-${suffix}`;
    this.namespace = `analytics-${this.name}`;
  }

  /** Writes Pulumi.<name>.yaml, and an overlay for each service that has one for `local`. */
  declare(): void {
    const values = join(root, "charts-values");
    for (const file of readdirSync(values).filter((one) => one.endsWith(".local.yaml"))) {
      const own = this.own(join("charts-values", file.replace(".local.", `.${this.name}.`)));
      copyFileSync(join(values, file), own);
    }
    writeFileSync(
      this.own(`Pulumi.${this.name}.yaml`),
      `config:\n  namespace: ${this.namespace}\n` +
        "  storageClass: local-path\n" +
        "  imageRegistry: 127.0.0.1:5005\n",
    );
  }

  setImageTag(service: string, tag: string): void {
    this.setImage(service, { tag });
  }

  /** Sets keys of the service's `image`. */
  setImage(service: string, values: Record<string, unknown>): void {
    for (const [key, value] of Object.entries(values))
      this.setValue(service, ["image", key], value);
  }

  /** Sets a value in a service's overlay, which has one for `local`. */
  setValue(service: string, path: readonly string[], value: unknown): void {
    setIn(join(root, "charts-values", `${service}.${this.name}.yaml`), path, value);
  }

  /** Sets a key of the stack's config; undefined removes it. */
  setConfig(key: string, value: string | undefined): void {
    setIn(join(root, `Pulumi.${this.name}.yaml`), ["config", key], value);
  }

  /** Removes the files that `declare` wrote. */
  forget(): void {
    for (const file of this.files) rmSync(file, { force: true });
  }

  make(target: string, variables: Record<string, string> = {}): Promise<Run> {
    return mustMake(target, { ...variables, STACK: this.name });
  }

  async outputs(): Promise<StackOutputs> {
    process.env.KUBECONFIG = (await this.make("kubeconfig")).stdout.trim();
    return parseOutputs((await this.make("outputs", { SHOW_SECRETS: "1" })).stdout);
  }

  /** The UID of each pod, by its name, without pods of Jobs that have ended. */
  pods(): Promise<Record<string, string>> {
    return runningPods(this.namespace);
  }

  /** The UID of each volume claim, by its name. */
  async claims(): Promise<Record<string, string>> {
    const { items } = await (await coreApi()).listNamespacedPersistentVolumeClaim({
      namespace: this.namespace,
    });
    return Object.fromEntries(
      items.map((claim) => [claim.metadata?.name ?? "", claim.metadata?.uid ?? ""]),
    );
  }

  /** The values of the stack's Secrets, by `secret/key`, without the suffix that Pulumi adds to the name. */
  async secrets(): Promise<Record<string, string>> {
    const { items } = await (await coreApi()).listNamespacedSecret({ namespace: this.namespace });
    return Object.fromEntries(
      items.flatMap((secret) =>
        Object.entries(secret.data ?? {}).map(([key, value]) => [
          `${secret.metadata?.name?.replace(/-[0-9a-f]{8}$/, "")}/${key}`,
          Buffer.from(value, "base64").toString(),
        ]),
      ),
    );
  }

  /** Runs a command in a pod. */
  exec(
    pod: string,
    container: string,
    command: string[],
  ): Promise<{ ok: boolean; output: string }> {
    return execInPod(this.namespace, pod, container, command);
  }

  private own(path: string): string {
    const file = join(root, path);
    if (existsSync(file)) throw new Error(`${file} is in the way: the test writes it`);
    this.files.push(file);
    return file;
  }
}

/** Sets a value in a YAML file; undefined removes it. */
export function setIn(file: string, path: readonly string[], value: unknown): void {
  const document = parseDocument(readFileSync(file, "utf8"));
  if (value === undefined) document.deleteIn(path);
  else document.setIn(path, value);
  writeFileSync(file, document.toString());
}

/** Sends a request to Druid's management API. Undefined if the answer is 404. */
export async function askDruid(
  url: string,
  path: string,
  method = "GET",
  json?: object,
): Promise<unknown> {
  const response = await fetchAs(url + path, {
    method,
    signal: AbortSignal.timeout(30_000),
    ...(json && { headers: { "content-type": "application/json" }, body: JSON.stringify(json) }),
  });
  const text = await response.text();
  if (response.status === 404) return undefined;
  if (!response.ok) {
    throw new Error(`Druid answered ${response.status} to ${method} ${path}: ${text}`);
  }
  return text === "" ? undefined : JSON.parse(text);
}
