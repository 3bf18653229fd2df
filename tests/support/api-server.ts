import { request } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import type { Manifest } from "../../components/registered";
import { openKubeconfig } from "../../resources/kubeconfig";

/** What the API server says to an object. */
export interface Verdict {
  readonly accepted: boolean;
  /** Why it refused; empty where it accepted. */
  readonly message: string;
  /** Its warnings: of the Pod Security admission, of deprecated versions, and so on. */
  readonly warnings: readonly string[];
}

const resourceList = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});
const status = z.object({ message: z.string().optional() });

/** An API server to try objects on. Nothing but `makeNamespace` changes anything. */
export class ApiServer {
  private readonly resources = new Map<string, Promise<z.infer<typeof resourceList>>>();

  private constructor(private readonly config: KubeConfig) {}

  /** By the kubeconfig's current context. */
  static async from(kubeconfig: string): Promise<ApiServer> {
    return new ApiServer(await openKubeconfig({ file: kubeconfig }));
  }

  /**
   * Creates the object as a server-side dry run, admission included, with unknown and doubled fields refused.
   *
   * @param namespace takes the place of the object's own, which needn't exist
   */
  async dryRun(manifest: Manifest, namespace: string): Promise<Verdict> {
    const placed = await this.placed(manifest, namespace);
    const query = "?dryRun=All&fieldValidation=Strict";
    const answer = await this.ask("POST", `${placed.path}${query}`, placed.manifest);
    const accepted = answer.code === 201;
    return {
      accepted,
      message: accepted ? "" : (status.parse(JSON.parse(answer.text)).message ?? answer.text),
      warnings: answer.warnings,
    };
  }

  /** Makes a namespace with these labels, and returns the name that the server gave it. */
  async makeNamespace(prefix: string, labels: Record<string, string>): Promise<string> {
    const answer = await this.ask("POST", "/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { generateName: prefix, labels },
    });
    if (answer.code !== 201) throw new Error(`no namespace was made: ${answer.text}`);
    return z.object({ metadata: z.object({ name: z.string() }) }).parse(JSON.parse(answer.text))
      .metadata.name;
  }

  deleteNamespace(name: string): Promise<unknown> {
    return this.ask("DELETE", `/api/v1/namespaces/${name}`);
  }

  async exists(path: string): Promise<boolean> {
    return (await this.ask("GET", path)).code === 200;
  }

  private async placed(manifest: Manifest, namespace: string) {
    const { apiVersion, kind } = manifest;
    const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const known = this.resources.get(group) ?? this.list(group);
    this.resources.set(group, known);
    const found = (await known).resources.find(
      (one) => one.kind === kind && !one.name.includes("/"),
    );
    if (!found) throw new Error(`the API server knows no ${kind} of ${apiVersion}`);
    const metadata = found.namespaced
      ? { ...manifest.metadata, namespace }
      : { ...manifest.metadata, name: `${namespace}-${manifest.metadata.name}` };
    const below = found.namespaced ? `/namespaces/${namespace}` : "";
    return { path: `${group}${below}/${found.name}`, manifest: { ...manifest, metadata } };
  }

  private async list(group: string) {
    return resourceList.parse(JSON.parse((await this.ask("GET", group)).text));
  }

  private async ask(method: string, path: string, body?: unknown) {
    const server = this.config.getCurrentCluster()?.server;
    const options = { method, headers: { "content-type": "application/json" } };
    await this.config.applyToHTTPSOptions(options);
    return new Promise<{ code: number; text: string; warnings: string[] }>((resolve, reject) => {
      const call = request(`${server}${path}`, { ...options, timeout: 60_000 }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () =>
          resolve({
            code: response.statusCode ?? 0,
            text,
            warnings: warningsIn(response.rawHeaders),
          }),
        );
      });
      call.on("timeout", () => call.destroy(new Error(`${method} ${path}: no answer in 60 s`)));
      call.on("error", reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

/** The texts of the headers `Warning: 299 - "…"`. */
function warningsIn(rawHeaders: readonly string[]): string[] {
  return rawHeaders.flatMap((value, index) =>
    index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === "warning"
      ? [value.replace(/^299 \S+ "(.*)"$/, "$1").replace(/\\(.)/g, "$1")]
      : [],
  );
}
