import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const anything = [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }];
const standard = {
  metadata: {
    name: "standard",
    annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
  },
  provisioner: "example.com/disk",
};
const node = {
  metadata: { name: "one", labels: { "kubernetes.io/arch": "amd64" } },
  spec: {},
  status: { allocatable: { cpu: "8", memory: "32Gi" } },
};
export const reviews = "/apis/authorization.k8s.io/v1";

/** What an API server answers that is fit for a stack, by path. */
const fit: Readonly<Record<string, unknown>> = {
  "/version": { major: "1", minor: "35", gitVersion: "v1.35.4" },
  [`${reviews}/selfsubjectrulesreviews`]: { status: { resourceRules: anything } },
  [`${reviews}/selfsubjectaccessreviews`]: { status: { allowed: true } },
  "/apis/storage.k8s.io/v1/storageclasses": { items: [standard] },
  "/api/v1/nodes": { items: [node] },
  "/api/v1/pods": { items: [] },
  "/api/v1/persistentvolumes": { items: [] },
  "/api/v1/namespaces/analytics/pods": { items: [] },
  "/api/v1/namespaces/analytics/persistentvolumeclaims": { items: [] },
};

/** The API that the preflight asks, on loopback. A path without an answer is 404; a number is that status. */
export class FakeCluster {
  /** `METHOD path` of each request. */
  readonly requests: string[] = [];
  answers: Record<string, unknown> = { ...fit };
  private readonly folder = mkdtempSync(join(tmpdir(), "preflight-"));
  private readonly server: Server = createServer((request, response) => {
    const [path = ""] = (request.url ?? "").split("?");
    this.requests.push(`${request.method} ${path}`);
    const answer = this.answers[path] ?? 404;
    response.writeHead(typeof answer === "number" ? answer : 200, {
      "content-type": "application/json",
    });
    response.end(JSON.stringify(typeof answer === "number" ? { kind: "Status" } : answer));
  });

  /** Returns the path of a kubeconfig whose only context, `fake`, names it. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return this.writeKubeconfig((this.server.address() as AddressInfo).port);
  }

  writeKubeconfig(port: number): string {
    const file = join(this.folder, "kubeconfig");
    // The client takes plain HTTP only of a cluster whose certificate need not be verified.
    const cluster = { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true };
    writeFileSync(
      file,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "fake",
        clusters: [{ name: "fake", cluster }],
        contexts: [{ name: "fake", context: { cluster: "fake", user: "ci" } }],
        users: [{ name: "ci", user: {} }],
      }),
    );
    return file;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
    rmSync(this.folder, { recursive: true });
  }
}
