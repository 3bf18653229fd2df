import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { amounts, declaredPods, node, pod } from "../testing/examples";
import { checkRoom, isPlaced, type Room } from "./room";

const room = (changes: Partial<Room>): Room => ({
  declared: [declaredPods()],
  nodes: [node("one")],
  pods: [],
  namespace: "analytics",
  stack: "dev",
  addsNodes: false,
  ...changes,
});
const found = (changes: Partial<Room>) =>
  checkRoom(room(changes)).map((one) => `${one.severity}: ${one.found}`);

describe("the check of room", () => {
  it("finds nothing where the nodes hold the pods, to the last byte", () => {
    const declared = [declaredPods({ count: 4, requests: amounts(1, 2) })];
    assert.deepEqual(found({ declared }), []);
  });

  it("tells the sum where all pods together are too many, beside those of other namespaces", () => {
    const declared = [declaredPods({ count: 4, requests: amounts(1, 2) })];
    const pods = [
      pod({ namespace: "shop", requests: amounts(1.5, 0) }),
      // The stack's own pods are what is asked for.
      pod({ requests: amounts(4, 8) }),
    ];
    assert.deepEqual(found({ declared, pods }), [
      "error: The stack's pods together reserve 4 CPU and 8 GiB of memory, and the cluster's node has 2.5 CPU and 8 GiB of memory left beside the pods of other namespaces (shop).",
    ]);
  });

  it("tells the pod that no node has room for, though together they have", () => {
    const declared = [declaredPods({ requests: amounts(1, 10) })];
    const nodes = [node("one"), node("two")];
    const [finding, ...others] = checkRoom(room({ declared, nodes }));
    assert.deepEqual(others, []);
    assert.match(finding?.found ?? "", /kafka reserves 1 CPU and 10 GiB .* has 4 CPU and 8 GiB/);
    assert.match(finding?.todo ?? "", /resources\.requests in charts-values\/kafka\.dev\.yaml/);
  });

  it("counts pods of one ReadWriteOnce volume as one, which one node must take", () => {
    const shared = { app: "druid", together: "deep-storage" };
    const declared = [
      declaredPods({ ...shared, name: "druid-historical", requests: amounts(1, 5) }),
      declaredPods({ ...shared, name: "druid-indexer", requests: amounts(1, 5) }),
    ];
    const nodes = [node("one"), node("two")];
    assert.match(
      found({ declared, nodes }).join("\n"),
      /^error: .*druid-historical, druid-indexer share a volume that one node mounts, and together reserve 2 CPU and 10 GiB/,
    );
    const apart = declared.map((one) => ({ ...one, together: undefined }));
    assert.deepEqual(found({ declared: apart, nodes }), []);
  });

  it("counts only nodes that take the pods", () => {
    const declared = [declaredPods({ count: 2, requests: amounts(3, 1) })];
    const nodes = [node("one"), node("two", { unschedulable: true })];
    assert.match(found({ declared, nodes }).join("\n"), /6 CPU .* node has 4 CPU/);
  });

  it("only warns where only a Job is too many, where the room is scattered, or where the cluster adds nodes", () => {
    const declared = [declaredPods({ count: 3, requests: amounts(1, 5) })];
    const nodes = ["one", "two"].map((name) => node(name));
    assert.match(
      found({ declared, nodes }).join("\n"),
      /^warning: .*15 GiB of memory, and 2 nodes have .*16 GiB/,
    );
    const job = declaredPods({ isJob: true, requests: amounts(1, 1) });
    const full = declaredPods({ requests: amounts(1, 8) });
    assert.match(found({ declared: [full, job] }).join("\n"), /^warning: .* 9 GiB/);
    const large = [declaredPods({ requests: amounts(1, 100) })];
    const severities = checkRoom(room({ declared: large, addsNodes: true })).map(
      (one) => one.severity,
    );
    assert.deepEqual(severities, ["warning"]);
  });
});

describe("isPlaced", () => {
  const declared = [declaredPods(), declaredPods({ isJob: true, name: "setup", count: 1 })];

  it("is true while each long-running pod has a node, and is as declared", () => {
    assert.equal(isPlaced(declared, [pod()]), true);
  });

  it("is false for pods that wait, are missing, or are about to change", () => {
    const others = [
      pod({ nodeName: "" }),
      pod({ requests: amounts(1, 0.5) }),
      pod({ nodeSelector: { disk: "fast" } }),
      pod({ images: ["docker.io/apache/kafka:4.2.0"] }),
    ];
    for (const one of others) assert.equal(isPlaced(declared, [one]), false, JSON.stringify(one));
    assert.equal(isPlaced(declared, []), false);
  });
});
