import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { nodeAddress } from "../paths";
import { layout, ports } from "./layout";

/** Name of the field manager under which the cluster's own objects are applied. */
const fieldManager = "realtime-analytics-cluster";

/** What start-up applies: enough to know its address in the API. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** GETs a path as the cluster's administrator. Throws with method, path, status and the server's words. */
export function getText(path: string): Promise<string> {
  return call("GET", path);
}

/** GETs a path and parses it. */
export async function getJson(path: string): Promise<unknown> {
  return JSON.parse(await getText(path));
}

/** Creates an object or changes it to what is given, by server-side apply. */
export async function apply(object: KubernetesObject): Promise<void> {
  const query = `?fieldManager=${fieldManager}&force=true`;
  await call("PATCH", objectPath(object) + query, JSON.stringify(object));
}

/** The object's address, as in `/apis/apps/v1/namespaces/kube-system/deployments/coredns`. */
export function objectPath({ apiVersion, kind, metadata }: KubernetesObject): string {
  const plural = `${kind.toLowerCase()}${kind.endsWith("s") ? "es" : "s"}`;
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespace = metadata.namespace ? `/namespaces/${metadata.namespace}` : "";
  return `${group}${namespace}/${plural}/${metadata.name}`;
}

function call(method: string, path: string, body?: string): Promise<string> {
  const file = (name: string) => readFileSync(join(layout.pki, name));
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...{ method, path, host: nodeAddress, port: ports.apiServer, timeout: 10_000 },
        ...{ ca: file("ca.crt"), cert: file("admin.crt"), key: file("admin.key"), agent: false },
        headers: body === undefined ? {} : { "content-type": "application/apply-patch+yaml" },
      },
      (response) =>
        text(response).then((answer) => {
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve(answer);
          else reject(new Error(`${method} ${path}: ${status} ${answer.slice(0, 500)}`));
        }, reject),
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in 10 s")));
    outgoing.on("error", (error) => reject(new Error(`${method} ${path}: ${error.message}`)));
    outgoing.end(body);
  });
}
