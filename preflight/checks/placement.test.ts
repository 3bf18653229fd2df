import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { declaredPods, node } from "../testing/examples";
import { checkPlacement, nodesFor } from "./placement";

const tainted = node("gpu", { taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }] });

describe("the nodes that take a pod", () => {
  const names = (changes: Parameters<typeof declaredPods>[0]) =>
    nodesFor(declaredPods(changes), [node("one"), tainted]).map(({ name }) => name);

  it("are those without taints, and those whose taints it tolerates", () => {
    assert.deepEqual(names({}), ["one"]);
    for (const toleration of [
      { operator: "Exists" },
      { key: "gpu", operator: "Exists" },
      { key: "gpu", value: "yes", effect: "NoSchedule" },
    ])
      assert.deepEqual(names({ tolerations: [toleration] }), ["one", "gpu"]);
    for (const toleration of [
      { key: "gpu", value: "no" },
      { key: "gpu", operator: "Exists", effect: "NoExecute" },
      { key: "cpu", operator: "Exists" },
    ])
      assert.deepEqual(names({ tolerations: [toleration] }), ["one"]);
  });

  it("are those that only prefer other pods, or have a passing trouble", () => {
    const nodes = [
      node("soft", { taints: [{ key: "a", value: "", effect: "PreferNoSchedule" }] }),
      node("starting", {
        taints: [{ key: "node.kubernetes.io/not-ready", value: "", effect: "NoSchedule" }],
      }),
    ];
    assert.deepEqual(nodesFor(declaredPods(), nodes), nodes);
  });
});

describe("the check of placement", () => {
  it("finds nothing where each workload has a node", () => {
    assert.deepEqual(checkPlacement([declaredPods()], [tainted, node("one")], "dev"), []);
  });

  it("tells a nodeSelector that no node has, what the nodes have, and its file", () => {
    const nodeSelector = { "kubernetes.io/arch": "s390x" };
    const pods = [
      declaredPods({ name: "zookeeper", app: "zookeeper", nodeSelector }),
      declaredPods({ name: "druid-broker", app: "druid", nodeSelector }),
    ];
    const [finding, ...others] = checkPlacement(pods, [node("one")], "dev");
    assert.deepEqual(others, []);
    assert.match(
      finding?.found ?? "",
      /nodeSelector of zookeeper, druid-broker: kubernetes\.io\/arch=s390x\. .*kubernetes\.io\/arch is amd64/,
    );
    assert.match(finding?.todo ?? "", /charts-values\/druid\.dev\.yaml/);
  });

  it("tells why the nodes take no pod", () => {
    const nodes = [tainted, node("two", { unschedulable: true })];
    const [finding] = checkPlacement([declaredPods()], nodes, "dev");
    assert.match(finding?.found ?? "", /gpu: taint gpu=yes:NoSchedule; two: cordoned/);
  });
});
