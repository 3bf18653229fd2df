import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { PropertyMap } from "../../provider";
import { valueAt } from "./object";
import { KubernetesProvider } from "./provider";
import { FakeApiServer, kubeconfigFor } from "./testing/fake-api-server";
import { contextFor } from "./testing/operation-context";

const seed = Buffer.from("seed");
const configMap = "kubernetes:core/v1:ConfigMap";

describe("the Kubernetes provider", () => {
  const server = new FakeApiServer();
  const provider = new KubernetesProvider();
  let url = "";

  before(async () => {
    url = await server.start();
  });
  beforeEach(async () => {
    server.objects.clear();
    server.requests.length = 0;
    server.intercept = undefined;
    server.put("/api/v1/namespaces/golden", object("Namespace", "golden"));
    await provider.configure({ kubeconfig: kubeconfigFor(url, "golden") });
  });
  after(async () => {
    await provider.close();
    await server.stop();
  });

  async function created(type: string, name: string, inputs: PropertyMap) {
    const checked = await provider.check(contextFor(type, name), undefined, inputs, seed);
    assert.deepEqual(checked.failures, []);
    const made = await provider.create(contextFor(type, name), checked.inputs);
    return { ...made, inputs: checked.inputs };
  }

  describe("create", () => {
    it("posts as the Pulumi provider does, and keeps its marks in the outputs", async () => {
      const { id, outputs, inputs } = await created(configMap, "settings", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "settings" },
        data: { greeting: "hello" },
      });
      assert.equal(id, "golden/settings");
      assert.deepEqual(outputs.__inputs, inputs);
      assert.equal(outputs.__initialApiVersion, "v1");
      assert.match(String(outputs.__fieldManager), /^pulumi-kubernetes-[0-9a-f]{8}$/);
      const post = server.requests.find((request) => request.method === "POST");
      assert.equal(post?.query.fieldManager, "pulumi-kubernetes");
    });

    it("asks by a dry run in a preview, and makes nothing", async () => {
      const ctx = contextFor(configMap, "c", { preview: true });
      const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: meta("c") };
      const { id, outputs } = await provider.create(ctx, inputs);
      assert.equal(id, "");
      assert.equal(valueAt(outputs, "metadata", "uid"), "dry-run");
      assert.equal(server.objects.has("/api/v1/namespaces/golden/configmaps/c"), false);
    });

    it("gives the inputs back in a preview whose namespace is not made yet", async () => {
      const ctx = contextFor(configMap, "c", { preview: true });
      const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: meta("c", "later") };
      assert.deepEqual(await provider.create(ctx, inputs), { id: "", outputs: inputs });
    });

    it("says that an object of the name is there already", async () => {
      const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: meta("c") };
      await provider.create(contextFor(configMap, "c"), inputs);
      await assert.rejects(
        provider.create(contextFor(configMap, "c"), { ...inputs, data: { a: "other" } }),
        /POST http:\/\/127\.0\.0\.1:\d+\/api\/v1\/namespaces\/golden\/configmaps: configmaps "c" already exists\. An object of this name is there already/,
      );
    });

    it("takes over what a run that was cut short has made, but nobody else's", async () => {
      const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: meta("c"), data: { a: "1" } };
      await provider.create(contextFor(configMap, "c"), inputs);
      const ctx = contextFor(configMap, "c");
      assert.equal((await provider.create(ctx, inputs)).id, "golden/c");
      assert.match(ctx.logs.join(), /ConfigMap golden\/c was made by a run that was cut short/);
      const path = "/api/v1/namespaces/golden/configmaps/c";
      server.put(path, { ...server.objects.get(path), metadata: meta("c") });
      await assert.rejects(provider.create(ctx, inputs), /already exists/);
    });

    it("names the server that can't be reached", async () => {
      const away = new KubernetesProvider();
      await away.configure({ kubeconfig: kubeconfigFor("http://127.0.0.1:9") });
      const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: meta("c") };
      await assert.rejects(
        away.create(contextFor(configMap, "c"), inputs),
        /the Kubernetes API server at http:\/\/127\.0\.0\.1:9 can't be reached: .*ECONNREFUSED/,
      );
      const ctx = contextFor(configMap, "c", { preview: true });
      assert.deepEqual(await away.create(ctx, inputs), { id: "", outputs: inputs });
    });
  });

  describe("diff", () => {
    it("replaces a ConfigMap with a fixed name, the old one first", async () => {
      const { outputs, inputs, id } = await created(configMap, "settings", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "settings" },
        data: { greeting: "hello" },
      });
      const news = { ...inputs, data: { greeting: "hi" } };
      const ctx = contextFor(configMap, "settings");
      assert.deepEqual(await provider.diff(ctx, id, inputs, outputs, news, []), {
        changes: true,
        replaces: ["data.greeting"],
        deleteBeforeReplace: true,
        detailedDiff: { "data.greeting": { kind: "update-replace", inputDiff: false } },
        changedKeys: ["data"],
      });
      const ignoring = await provider.diff(ctx, id, inputs, outputs, news, ["data.greeting"]);
      assert.equal(ignoring.changes, false);
      assert.equal((await provider.diff(ctx, id, inputs, outputs, inputs, [])).changes, false);
    });

    it("makes the new one first when the name is its own choice", async () => {
      const { outputs, inputs, id } = await created(configMap, "settings", {
        apiVersion: "v1",
        kind: "ConfigMap",
        data: { greeting: "hello" },
      });
      const news = { ...inputs, data: { greeting: "hi" } };
      const ctx = contextFor(configMap, "settings");
      const diff = await provider.diff(ctx, id, inputs, outputs, news, []);
      assert.deepEqual([diff.replaces, diff.deleteBeforeReplace], [["data.greeting"], false]);
    });

    it("updates a ConfigMap in place where enableConfigMapMutable is set", async () => {
      const mutable = new KubernetesProvider();
      await mutable.configure({
        kubeconfig: kubeconfigFor(url, "golden"),
        enableConfigMapMutable: "true",
      });
      const { outputs, inputs, id } = await created(configMap, "settings", {
        apiVersion: "v1",
        kind: "ConfigMap",
        data: { greeting: "hello" },
      });
      const news = { ...inputs, data: { greeting: "hi" } };
      const diff = await mutable.diff(contextFor(configMap, "c"), id, inputs, outputs, news, []);
      assert.deepEqual([diff.changes, diff.replaces], [true, []]);
    });
  });

  describe("update", () => {
    it("takes the creation's fields over, then applies with the object's own manager", async () => {
      const { outputs, inputs, id } = await created(configMap, "c", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "c" },
        data: { a: "1" },
      });
      const news = { ...inputs, data: { a: "2" } };
      const ctx = contextFor(configMap, "c");
      const updated = await provider.update(ctx, id, inputs, outputs, news);
      const patches = server.requests.filter((request) => request.method === "PATCH");
      assert.deepEqual(
        patches.map((request) => request.contentType),
        ["application/json-patch+json", "application/apply-patch+yaml"],
      );
      assert.equal(patches[1]?.query.fieldManager, outputs.__fieldManager);
      assert.equal(patches[1]?.query.force, "false");
      assert.equal(updated.outputs.__fieldManager, outputs.__fieldManager);
      assert.deepEqual(updated.outputs.data, { a: "2" });
    });

    it("takes over once more when a controller wrote the object meanwhile", async () => {
      const { outputs, inputs, id } = await created(configMap, "c", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "c" },
        data: { a: "1" },
      });
      let conflicts = 2;
      server.intercept = (request) =>
        request.contentType.includes("json-patch") && conflicts-- > 0
          ? { code: 409, body: { reason: "Conflict", message: "the object has been modified" } }
          : undefined;
      const news = { ...inputs, data: { a: "2" } };
      const updated = await provider.update(contextFor(configMap, "c"), id, inputs, outputs, news);
      assert.deepEqual(updated.outputs.data, { a: "2" });
    });

    it("names both managers when another owns the field", async () => {
      const { outputs, inputs, id } = await created(configMap, "c", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "c" },
        data: { a: "1" },
      });
      server.intercept = (request) =>
        request.contentType.includes("apply")
          ? {
              code: 409,
              body: { reason: "Conflict", message: 'conflict with "kubectl-edit": .data.a' },
            }
          : undefined;
      await assert.rejects(
        provider.update(contextFor(configMap, "c"), id, inputs, outputs, inputs),
        /apply conflict: conflict with "kubectl-edit": \.data\.a\. .*pulumi\.com\/patchForce/,
      );
    });
  });

  describe("read", () => {
    it("shows what was changed outside as inputs, of the program's fields alone", async () => {
      const { outputs, inputs, id } = await created(configMap, "settings", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "settings" },
        data: { greeting: "hi" },
      });
      const path = "/api/v1/namespaces/golden/configmaps/settings";
      const live = server.objects.get(path) ?? {};
      server.put(path, { ...live, data: { greeting: "drifted", other: "x" } });
      const read = await provider.read(contextFor(configMap, "settings"), id, inputs, outputs);
      assert.deepEqual(read?.inputs, { ...inputs, data: { greeting: "drifted" } });
      assert.deepEqual(read?.outputs.data, { greeting: "drifted", other: "x" });
      assert.equal(read?.outputs.__fieldManager, outputs.__fieldManager);
    });

    it("tells that an object is gone", async () => {
      const ctx = contextFor(configMap, "gone");
      const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: meta("gone") };
      assert.equal(await provider.read(ctx, "golden/gone", inputs, inputs), undefined);
    });
  });

  describe("delete", () => {
    it("succeeds when the object is absent", async () => {
      const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: meta("gone") };
      await provider.delete(contextFor(configMap, "gone"), "golden/gone", inputs, inputs);
    });

    it("waits until the object is gone, and deletes what it owns first", async () => {
      const path = "/api/v1/namespaces/golden/configmaps/c";
      const metadata = { ...meta("c"), finalizers: ["example.com/hold"] };
      const live = server.put(path, { apiVersion: "v1", kind: "ConfigMap", metadata });
      const ctx = contextFor(configMap, "c");
      let isDone = false;
      const deleting = provider.delete(ctx, "golden/c", live, live).then(() => {
        isDone = true;
      });
      await once(() => ctx.statuses.includes("Resource scheduled for deletion"));
      assert.equal(isDone, false);
      server.remove(path);
      await deleting;
      const request = server.requests.find(({ method }) => method === "DELETE");
      assert.equal(request?.body.propagationPolicy, "Foreground");
    });

    it("names the finalizers of an object that stays", async () => {
      const metadata = { ...meta("c"), finalizers: ["example.com/hold"] };
      const path = "/api/v1/namespaces/golden/configmaps/c";
      const live = server.put(path, { apiVersion: "v1", kind: "ConfigMap", metadata });
      await assert.rejects(
        provider.delete(
          contextFor(configMap, "c", { timeoutSeconds: 0.2 }),
          "golden/c",
          live,
          live,
        ),
        /ConfigMap golden\/c: is still there 0 s after it was deleted; its finalizers: example\.com\/hold/,
      );
    });
  });
});

/** Waits for a condition for 5 s at most. */
async function once(isTrue: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 5000; !isTrue() && Date.now() < deadline; ) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.ok(isTrue());
}

function object(kind: string, name: string): PropertyMap {
  return { apiVersion: "v1", kind, metadata: { name } };
}

function meta(name: string, namespace = "golden"): PropertyMap {
  return { name, namespace };
}
