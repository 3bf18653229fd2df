import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import type { PropertyMap, PropertyValue } from "../../provider";
import { ApiError, statusFromBody, UnreachableError } from "./api-error";
import type { ClusterAccess } from "./kubeconfig";

export interface ApiRequest {
  method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** From the server's root, such as `/api/v1/namespaces`. */
  path: string;
  query?: Record<string, string | undefined>;
  body?: PropertyValue;
  /** Default `application/json`. */
  contentType?: string;
  signal?: AbortSignal;
}

export interface ApiResponse {
  body: PropertyMap;
  /** The server's warnings, such as of a deprecated API or an unknown field. */
  warnings: string[];
}

/** An answer must begin within this time; a watch's body may then go on. */
const answerTimeoutMs = 60_000;
/** As client-go: a server that is too busy says when to come again. */
const maxRetries = 10;

/** HTTPS to one API server, over connections that are kept. */
export class ApiClient {
  readonly server: string;
  private readonly access: ClusterAccess;
  private agent: http.Agent | undefined;

  constructor(access: ClusterAccess) {
    this.access = access;
    this.server = access.server.replace(/\/$/, "");
  }

  /** Throws ApiError when refused, UnreachableError when there is no answer. */
  async request(request: ApiRequest): Promise<ApiResponse> {
    const { text, warnings } = await this.text(request);
    const body: PropertyMap = text === "" ? {} : JSON.parse(text);
    return { body, warnings };
  }

  /** As {@link request}, with the body as it came: logs are plain text. */
  async text(request: ApiRequest): Promise<{ text: string; warnings: string[] }> {
    const response = await this.open(request);
    try {
      return { text: await readAll(response), warnings: warningsOf(response) };
    } catch (error) {
      throw new UnreachableError(this.server, error);
    }
  }

  /** Opens a request whose body is read as it comes. The caller ends it by the signal. */
  async open(request: ApiRequest): Promise<http.IncomingMessage> {
    for (let attempt = 0; ; attempt++) {
      const response = await this.send(request);
      const code = response.statusCode ?? 0;
      if (code < 400) return response;
      const text = await readAll(response);
      const wait = Number(response.headers["retry-after"]);
      if (Number.isFinite(wait) && response.headers["retry-after"] && attempt < maxRetries) {
        await delay(wait * 1000, undefined, { signal: request.signal });
        continue;
      }
      const label = `${request.method ?? "GET"} ${this.server}${request.path}`;
      throw new ApiError(code, label, statusFromBody(text, code));
    }
  }

  close(): void {
    this.agent?.destroy();
  }

  private async send(request: ApiRequest, retried = false): Promise<http.IncomingMessage> {
    const payload = request.body === undefined ? undefined : JSON.stringify(request.body);
    const options = await this.options(request, payload);
    const transport = this.server.startsWith("http:") ? http : https;
    let sent: http.ClientRequest | undefined;
    try {
      return await new Promise((resolve, reject) => {
        sent = transport.request(this.url(request), options, resolve);
        const timer = setTimeout(
          () => sent?.destroy(new Error(`no answer within ${answerTimeoutMs / 1000} s`)),
          answerTimeoutMs,
        );
        sent.on("response", () => clearTimeout(timer));
        sent.on("close", () => clearTimeout(timer));
        sent.on("error", reject);
        sent.end(payload);
      });
    } catch (error) {
      if (request.signal?.aborted) throw error;
      // The server may close a kept connection just as it is used again; nothing was done then.
      if (sent?.reusedSocket && !retried) return this.send(request, true);
      throw new UnreachableError(this.server, error);
    }
  }

  private url(request: ApiRequest): URL {
    const url = new URL(this.server + request.path);
    for (const [key, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(key, value);
    }
    return url;
  }

  private async options(
    request: ApiRequest,
    payload: string | undefined,
  ): Promise<https.RequestOptions> {
    const options: https.RequestOptions = { method: request.method ?? "GET", headers: {} };
    // Anew each time, because tokens of credential plugins run out.
    await this.access.kubeConfig.applyToHTTPSOptions(options);
    if (!this.access.kubeConfig.getCurrentCluster()?.proxyUrl) {
      this.agent ??= this.newAgent(options);
      options.agent = this.agent;
    }
    options.signal = request.signal;
    options.headers = {
      ...options.headers,
      Accept: "application/json",
      "User-Agent": "realtime-analytics",
      ...(payload === undefined
        ? {}
        : {
            "Content-Type": request.contentType ?? "application/json",
            // Node sends no length with a DELETE of its own accord.
            "Content-Length": Buffer.byteLength(payload),
          }),
    };
    return options;
  }

  private newAgent(options: https.RequestOptions): http.Agent {
    if (this.server.startsWith("http:")) return new http.Agent({ keepAlive: true });
    const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options;
    return new https.Agent({
      keepAlive: true,
      ca,
      cert,
      key,
      pfx,
      passphrase,
      ...(servername === undefined ? {} : { servername }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    });
  }
}

async function readAll(response: http.IncomingMessage): Promise<string> {
  response.setEncoding("utf8");
  let text = "";
  for await (const chunk of response) text += chunk;
  return text;
}

/** `Warning: 299 - "unknown field \"spec.replica\""`, once each. */
function warningsOf(response: http.IncomingMessage): string[] {
  const warnings: string[] = [];
  response.rawHeaders.forEach((name, index) => {
    if (index % 2 !== 0 || name.toLowerCase() !== "warning") return;
    const match = /^299 \S+ "(.*)"$/.exec(response.rawHeaders[index + 1] ?? "");
    if (match?.[1] !== undefined) warnings.push(match[1].replaceAll('\\"', '"'));
  });
  return [...new Set(warnings)];
}
