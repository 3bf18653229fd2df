import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { isPropertyMap, type PropertyMap, type PropertyValue } from "../../../provider";
import { mapAt, nameOf, textAt, valueAt } from "../object";

/** Kinds of the fake, by root path. */
const kinds: Record<string, { name: string; kind: string; namespaced: boolean }[]> = {
  "/api/v1": [
    { name: "namespaces", kind: "Namespace", namespaced: false },
    { name: "configmaps", kind: "ConfigMap", namespaced: true },
    { name: "secrets", kind: "Secret", namespaced: true },
    { name: "services", kind: "Service", namespaced: true },
    { name: "pods", kind: "Pod", namespaced: true },
    { name: "pods/log", kind: "Pod", namespaced: true },
    { name: "events", kind: "Event", namespaced: true },
    { name: "persistentvolumeclaims", kind: "PersistentVolumeClaim", namespaced: true },
  ],
  "/apis/apps/v1": [
    { name: "deployments", kind: "Deployment", namespaced: true },
    { name: "statefulsets", kind: "StatefulSet", namespaced: true },
    { name: "replicasets", kind: "ReplicaSet", namespaced: true },
  ],
  "/apis/batch/v1": [{ name: "jobs", kind: "Job", namespaced: true }],
  "/apis/discovery.k8s.io/v1": [
    { name: "endpointslices", kind: "EndpointSlice", namespaced: true },
  ],
  "/apis/storage.k8s.io/v1": [{ name: "storageclasses", kind: "StorageClass", namespaced: false }],
};

export interface SeenRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  body: PropertyMap;
  contentType: string;
}

/**
 * For tests: the part of an API server that the provider uses: discovery, objects with managers of fields,
 * watches and logs, over plain HTTP on loopback. Apply is a merge;
 * nothing is validated; an object with finalizers stays until it is removed here.
 */
export class FakeApiServer {
  readonly objects = new Map<string, PropertyMap>();
  readonly requests: SeenRequest[] = [];
  /** By path of the log, its text. */
  readonly logs = new Map<string, string>();
  /** Answers a request in the server's place when it returns a status. */
  intercept:
    | ((request: SeenRequest) => { code: number; body: PropertyMap } | undefined)
    | undefined;
  private version = 100;
  private readonly history: { path: string; version: number; line: string }[] = [];
  private readonly watchers = new Map<string, Set<http.ServerResponse>>();
  private readonly server = http.createServer((request, response) => {
    this.handle(request, response).catch((error) =>
      send(response, 500, { message: String(error) }),
    );
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Stores an object at its path and tells the watchers. */
  put(path: string, object: PropertyMap): PropertyMap {
    const existing = this.objects.get(path);
    const metadata = mapAt(object, "metadata");
    const stored: PropertyMap = {
      ...object,
      metadata: {
        uid: textAt(existing, "metadata", "uid") ?? `uid-${++this.version}`,
        creationTimestamp: "2026-01-01T00:00:00Z",
        ...metadata,
        resourceVersion: String(++this.version),
      },
    };
    this.objects.set(path, stored);
    this.emit(path, existing ? "MODIFIED" : "ADDED", stored);
    return stored;
  }

  remove(path: string): void {
    const object = this.objects.get(path);
    if (!object) return;
    this.objects.delete(path);
    this.version++;
    this.emit(path, "DELETED", object);
  }

  private emit(path: string, type: string, object: PropertyMap): void {
    const line = `${JSON.stringify({ type, object })}\n`;
    this.history.push({ path, version: this.version, line });
    const collection = path.slice(0, path.lastIndexOf("/"));
    for (const watcher of this.watchers.get(collection) ?? []) watcher.write(line);
  }

  private async handle(request: http.IncomingMessage, response: http.ServerResponse) {
    const url = new URL(request.url ?? "/", "http://fake");
    let text = "";
    for await (const chunk of request) text += chunk;
    const seen: SeenRequest = {
      method: request.method ?? "GET",
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      body: text === "" ? {} : JSON.parse(text),
      contentType: request.headers["content-type"] ?? "",
    };
    this.requests.push(seen);
    const answer = this.intercept?.(seen);
    if (answer) return send(response, answer.code, answer.body);
    const resources = kinds[seen.path];
    if (resources)
      return send(response, 200, { kind: "APIResourceList", resources: [...resources] });
    if (seen.path === "/version") return send(response, 200, { major: "1", minor: "35" });
    if (this.logs.has(seen.path)) return response.end(this.logs.get(seen.path));
    switch (seen.method) {
      case "GET":
        return this.get(seen, response);
      case "POST":
        return this.post(seen, response);
      case "PATCH":
        return this.patch(seen, response);
      default:
        return this.delete(seen, response);
    }
  }

  private get(seen: SeenRequest, response: http.ServerResponse): unknown {
    const resource = resourceOf(seen.path);
    if (!resource) return send(response, 404, notFound(seen.path));
    if (!seen.path.endsWith(`/${resource.name}`)) {
      const object = this.objects.get(seen.path);
      return object ? send(response, 200, object) : send(response, 404, notFound(seen.path));
    }
    if (seen.query.watch === "true") {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.flushHeaders();
      const watchers = this.watchers.get(seen.path) ?? new Set();
      this.watchers.set(seen.path, watchers.add(response));
      // What came since the list that the watch goes on from.
      for (const event of this.history) {
        const isNewer = event.version > Number(seen.query.resourceVersion);
        if (event.path.startsWith(`${seen.path}/`) && isNewer) response.write(event.line);
      }
      response.on("close", () => watchers.delete(response));
      return;
    }
    const items = [...this.objects]
      .filter(([path]) => path.startsWith(`${seen.path}/`))
      .map(([, object]) => object);
    return send(response, 200, {
      kind: `${resource.kind}List`,
      apiVersion: "v1",
      metadata: { resourceVersion: String(this.version) },
      items,
    });
  }

  private post(seen: SeenRequest, response: http.ServerResponse): unknown {
    const path = `${seen.path}/${nameOf(seen.body)}`;
    const namespace = /^(.*)\/namespaces\/([^/]+)\/[^/]+$/.exec(seen.path)?.[2];
    if (namespace && !this.objects.has(`/api/v1/namespaces/${namespace}`)) {
      return send(response, 404, {
        reason: "NotFound",
        message: `namespaces "${namespace}" not found`,
        details: { kind: "namespaces", name: namespace },
      });
    }
    if (this.objects.has(path)) {
      return send(response, 409, {
        reason: "AlreadyExists",
        message: `${resourceOf(seen.path)?.name} "${nameOf(seen.body)}" already exists`,
      });
    }
    const { stringData: _, ...rest } = seen.body;
    const object = withManager(rest, {}, seen.query.fieldManager ?? "", "Update", rest);
    const generation: PropertyMap = seen.body.spec === undefined ? {} : { generation: 1 };
    const created = { ...object, metadata: { ...mapAt(object, "metadata"), ...generation } };
    const isDryRun = seen.query.dryRun === "All";
    return send(response, 201, isDryRun ? dryRun(created) : this.put(path, created));
  }

  private patch(seen: SeenRequest, response: http.ServerResponse): unknown {
    const existing = this.objects.get(seen.path) ?? {};
    if (seen.contentType.includes("json-patch")) {
      const patches = seen.body as unknown as { path: string; value: PropertyValue }[];
      const managedFields = patches.find((patch) => patch.path.endsWith("managedFields"))?.value;
      const metadata = { ...mapAt(existing, "metadata"), managedFields: managedFields ?? [] };
      return send(response, 200, this.put(seen.path, { ...existing, metadata }));
    }
    const merged = merge(existing, seen.body);
    const manager = seen.query.fieldManager ?? "";
    const object = withManager(merged, existing, manager, "Apply", seen.body);
    const generation = Number(valueAt(existing, "metadata", "generation") ?? 0) + 1;
    const next =
      seen.body.spec === undefined
        ? object
        : { ...object, metadata: { ...mapAt(object, "metadata"), generation } };
    return send(
      response,
      200,
      seen.query.dryRun === "All" ? dryRun(next) : this.put(seen.path, next),
    );
  }

  private delete(seen: SeenRequest, response: http.ServerResponse): unknown {
    const object = this.objects.get(seen.path);
    if (!object) return send(response, 404, notFound(seen.path));
    const finalizers = valueAt(object, "metadata", "finalizers");
    if (Array.isArray(finalizers) && finalizers.length > 0) {
      const metadata = {
        ...mapAt(object, "metadata"),
        deletionTimestamp: "2026-01-01T00:00:01Z",
      };
      return send(response, 200, this.put(seen.path, { ...object, metadata }));
    }
    this.remove(seen.path);
    return send(response, 200, { kind: "Status", status: "Success" });
  }
}

/** A kubeconfig for the fake, as contents. */
export function kubeconfigFor(server: string, namespace = "default"): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "fake",
    clusters: [{ name: "fake", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "fake", user: {} }],
    contexts: [{ name: "fake", context: { cluster: "fake", user: "fake", namespace } }],
  });
}

function resourceOf(path: string) {
  const root = Object.keys(kinds).find((item) => path.startsWith(`${item}/`));
  const rest = path.slice((root ?? "").length).replace(/^\/namespaces\/[^/]+(?=\/)/, "");
  return kinds[root ?? ""]?.find((item) => item.name === rest.split("/")[1]);
}

function withManager(
  object: PropertyMap,
  existing: PropertyMap,
  manager: string,
  operation: string,
  fields: PropertyMap,
): PropertyMap {
  const before = valueAt(existing, "metadata", "managedFields");
  const others = (Array.isArray(before) ? before : []).filter(
    (entry) =>
      isPropertyMap(entry) && !(entry.manager === manager && entry.operation === operation),
  );
  const { apiVersion: _a, kind: _k, metadata: _m, ...owned } = fields;
  const own = { manager, operation, fieldsV1: fieldsOf(owned) };
  const metadata = { ...mapAt(object, "metadata"), managedFields: [...others, own] };
  return { ...object, metadata };
}

function fieldsOf(object: PropertyMap): PropertyMap {
  const fields: PropertyMap = {};
  for (const [key, value] of Object.entries(object)) {
    fields[`f:${key}`] = isPropertyMap(value) ? { ".": {}, ...fieldsOf(value) } : {};
  }
  return fields;
}

function merge(a: PropertyMap, b: PropertyMap): PropertyMap {
  const result = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const present = result[key];
    result[key] = isPropertyMap(present) && isPropertyMap(value) ? merge(present, value) : value;
  }
  return result;
}

function dryRun(object: PropertyMap): PropertyMap {
  return { ...object, metadata: { ...mapAt(object, "metadata"), uid: "dry-run" } };
}

function notFound(path: string): PropertyMap {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return { kind: "Status", reason: "NotFound", message: `"${name}" not found`, details: { name } };
}

function send(response: http.ServerResponse, code: number, body: PropertyMap): void {
  response.writeHead(code, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}
