import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { Secret, unknown } from "../../provider";
import { valueAt } from "./object";
import { KubernetesProvider } from "./provider";
import { kubeconfigFor } from "./testing/fake-api-server";
import { contextFor } from "./testing/operation-context";

const seed = Buffer.from("seed");
const configMap = "kubernetes:core/v1:ConfigMap";
const secretType = "kubernetes:core/v1:Secret";

describe("the check of inputs", () => {
  // Built-in kinds are checked without asking the server.
  const provider = new KubernetesProvider();
  before(() => provider.configure({ kubeconfig: kubeconfigFor("http://127.0.0.1:9", "golden") }));

  it("names an object after its resource, the same in a preview and its update", async () => {
    const inputs = { apiVersion: "v1", kind: "ConfigMap", data: { a: "b" } };
    const first = await provider.check(contextFor(configMap, "box"), undefined, inputs, seed);
    const second = await provider.check(contextFor(configMap, "box"), undefined, inputs, seed);
    const name = valueAt(first.inputs, "metadata", "name");
    assert.match(String(name), /^box-[0-9a-f]{8}$/);
    assert.deepEqual(first, second);
    assert.deepEqual(first.inputs.metadata, {
      name,
      annotations: { "pulumi.com/autonamed": "true" },
      namespace: "golden",
    });
  });

  it("keeps the name of an object that it named before", async () => {
    const olds = {
      metadata: { name: "box-12345678", annotations: { "pulumi.com/autonamed": "true" } },
    };
    const { inputs } = await provider.check(contextFor(configMap, "box"), olds, {}, seed);
    assert.equal(valueAt(inputs, "metadata", "name"), "box-12345678");
  });

  it("leaves a name and a namespace that are not known yet", async () => {
    const metadata = { name: unknown, namespace: unknown };
    const { inputs } = await provider.check(
      contextFor(configMap, "box"),
      undefined,
      { metadata },
      seed,
    );
    assert.deepEqual(inputs.metadata, metadata);
  });

  it("turns a Secret's stringData into data, all of it secret", async () => {
    const { inputs } = await provider.check(
      contextFor(secretType, "s"),
      undefined,
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "s" },
        stringData: { password: new Secret("s3cr3t") },
      },
      seed,
    );
    assert.deepEqual(inputs.data, new Secret({ password: "czNjcjN0" }));
    assert.equal(inputs.stringData, undefined);
  });

  it("names the label that is no text", async () => {
    const metadata = { labels: { "app.kubernetes.io/version": 4 } };
    const { failures } = await provider.check(
      contextFor(configMap, "c"),
      undefined,
      { metadata },
      seed,
    );
    assert.deepEqual(failures, [
      {
        property: 'metadata.labels["app.kubernetes.io/version"]',
        reason: "must be a string, is a number 4: quote it",
      },
    ]);
  });

  it("refuses what the embedded engine has not, and says what to do", async () => {
    for (const type of [
      "kubernetes:helm.sh/v3:Release",
      "kubernetes:yaml/v2:ConfigGroup",
      "kubernetes:core/v1:NamespacePatch",
    ]) {
      const { failures } = await provider.check(contextFor(type, "x"), undefined, {}, seed);
      assert.match(failures[0]?.reason ?? "", /not supported .* install the Pulumi CLI/);
    }
  });

  it("keeps quantities and empty values in the server's form", async () => {
    const container = {
      name: "a",
      env: [{ name: "E", value: "" }],
      args: [],
      resources: { requests: { cpu: "0.5", memory: "1024Mi" } },
      securityContext: { readOnlyRootFilesystem: false },
    };
    const { inputs } = await provider.check(
      contextFor("kubernetes:core/v1:Pod", "p"),
      undefined,
      { metadata: { name: "p" }, spec: { containers: [container] } },
      seed,
    );
    assert.deepEqual(valueAt(inputs, "spec", "containers"), [
      {
        name: "a",
        env: [{ name: "E" }],
        resources: { requests: { cpu: "500m", memory: "1Gi" } },
        securityContext: { readOnlyRootFilesystem: false },
      },
    ]);
  });
});
