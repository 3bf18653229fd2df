import * as http from "node:http";
import * as https from "node:https";
import { join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { errorText } from "../resources/error-text";
import { readKubeconfig } from "../resources/kubeconfig";
import type { z } from "../settings/zod";

/** What a request gave: the parsed answer, or the HTTP status and the reason why there is none. Status 0: no answer at all. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly status: number; readonly reason: string };

/** How long the API server may take to answer, in ms. */
const answerTimeoutMs = 10_000;
/** Each connection costs a TLS handshake. */
const connections = 4;

/** The API server of the kubeconfig's context: a few requests, bound in time. */
export class Api {
  /** Name of the context. */
  readonly context: string;
  readonly server: string;

  private constructor(
    private readonly config: KubeConfig,
    private readonly options: https.RequestOptions,
  ) {
    this.context = config.getCurrentContext();
    this.server = serverOf(config);
  }

  /**
   * @param context Default: the kubeconfig's current one.
   * @throws Error if there is no kubeconfig, no such context, or no credentials
   */
  static async open(context: string | undefined): Promise<Api> {
    const load: (entry: string, packages: string) => { KubeConfig: new () => KubeConfig } =
      require("../resources/bundled.cjs");
    const { KubeConfig } = load(join(__dirname, "../resources/kubeconfig-class.ts"), "bundle");
    const config = readKubeconfig(new KubeConfig(), { context });
    requireServer(config);
    const options: https.RequestOptions = { timeout: answerTimeoutMs };
    await config.applyToHTTPSOptions(options);
    const { agent } = options;
    if (agent instanceof http.Agent) {
      Object.assign(agent, { keepAlive: true, maxSockets: connections });
    }
    return new Api(config, options);
  }

  /** Name of the kubeconfig's user. */
  get user(): string {
    return this.config.getCurrentUser()?.name ?? "";
  }

  get<T>(path: string, schema: z.ZodType<T>): Promise<Read<T>> {
    return this.ask("GET", path, schema);
  }

  /** Creates an object that the API server only answers, such as a review of access. */
  review<T>(path: string, object: object, schema: z.ZodType<T>): Promise<Read<T>> {
    return this.ask("POST", path, schema, object);
  }

  /** Closes the connections. */
  close(): void {
    if (this.options.agent instanceof http.Agent) this.options.agent.destroy();
  }

  private async ask<T>(
    method: string,
    path: string,
    schema: z.ZodType<T>,
    body?: object,
  ): Promise<Read<T>> {
    try {
      const { status, text } = await this.send(method, path, body);
      if (status >= 300) return { ok: false, status, reason: `${status} to ${method} ${path}` };
      return { ok: true, value: schema.parse(JSON.parse(text)) };
    } catch (error) {
      return { ok: false, status: 0, reason: `${method} ${path}: ${errorText(error)}` };
    }
  }

  private send(method: string, path: string, body?: object) {
    const url = new URL(`${this.server}${path}`);
    const { request } = url.protocol === "http:" ? http : https;
    const headers = { ...this.options.headers, "content-type": "application/json" };
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const call = request(url, { ...this.options, method, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      const limit = setTimeout(
        () => call.destroy(new Error(`no answer within ${answerTimeoutMs / 1000} s`)),
        answerTimeoutMs,
      );
      call.on("close", () => clearTimeout(limit));
      call.on("error", reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

function serverOf(config: KubeConfig): string {
  return (config.getCurrentCluster()?.server ?? "").replace(/\/+$/, "");
}

/** Without a kubeconfig, the client falls back to port 8080 of this machine. */
function requireServer(config: KubeConfig): void {
  const names = config.getContexts().map(({ name }) => name);
  if (names.join() === "loaded-context" && serverOf(config) === "http://localhost:8080") {
    throw new Error(
      "there is no kubeconfig: neither KUBECONFIG nor ~/.kube/config names a cluster",
    );
  }
  if (serverOf(config) === "") {
    throw new Error(`kubeconfig has no current context; it has ${names.join(", ") || "none"}`);
  }
}
