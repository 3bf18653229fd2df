import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { diffConfig } from "./config-diff";
import { kubeconfigFor } from "./testing/fake-api-server";

describe("the diff of the provider's configuration", () => {
  const here = kubeconfigFor("https://a:6443");

  it("replaces for another cluster", () => {
    const diff = diffConfig({ kubeconfig: here }, { kubeconfig: kubeconfigFor("https://b:6443") });
    assert.deepEqual(diff.replaces, ["kubeconfig"]);
  });

  it("updates for another namespace, or another way to the same cluster", () => {
    const olds = { kubeconfig: here, namespace: "a" };
    assert.deepEqual(diffConfig(olds, { kubeconfig: here, namespace: "b" }).replaces, []);
    const news = { kubeconfig: kubeconfigFor("https://a:6443", "b"), namespace: "a" };
    const diff = diffConfig(olds, news);
    assert.deepEqual([diff.changes, diff.replaces], [true, []]);
  });

  it("is none for the same", () => {
    assert.equal(diffConfig({ kubeconfig: here }, { kubeconfig: here }).changes, false);
  });
});
