import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type PropertyMap, unknown } from "../../provider";
import { detailedDiff, isAtOrUnder, pathText, splitPath } from "./diff";
import { forceNewFields } from "./force-new";

const settings = { enableConfigMapMutable: false, enableSecretMutable: false };

describe("a detailed diff", () => {
  it("names each changed field by its path", () => {
    const old = {
      metadata: { labels: { "a.b/c": "1" } },
      spec: { list: [1, { x: 1 }, 3], gone: 1 },
    };
    const news = {
      metadata: { labels: { "a.b/c": "2" } },
      spec: { list: [1, { x: 2 }], made: unknown },
    };
    assert.deepEqual(detailedDiff(old, news, []), {
      'metadata.labels["a.b/c"]': { kind: "update", inputDiff: false },
      "spec.list[1].x": { kind: "update", inputDiff: false },
      "spec.list[2]": { kind: "delete", inputDiff: true },
      "spec.made": { kind: "add", inputDiff: false },
      "spec.gone": { kind: "delete", inputDiff: true },
    });
  });

  const cases: [what: string, old: PropertyMap, news: PropertyMap, replaces: string[]][] = [
    [
      "a StatefulSet's volume claim templates",
      statefulSet({ volumeClaimTemplates: [{ spec: { size: 1 } }] }),
      statefulSet({ volumeClaimTemplates: [{ spec: { size: 2 } }] }),
      ["spec.volumeClaimTemplates[0].spec.size"],
    ],
    [
      "a StatefulSet's pod template",
      statefulSet({ template: { a: 1 } }),
      statefulSet({ template: { a: 2 } }),
      [],
    ],
    [
      "a Service's address",
      { apiVersion: "v1", kind: "Service", spec: {} },
      { apiVersion: "v1", kind: "Service", spec: { clusterIP: "None" } },
      ["spec.clusterIP"],
    ],
    [
      "a Pod's image",
      { apiVersion: "v1", kind: "Pod", spec: { containers: [{ image: "a" }] } },
      { apiVersion: "v1", kind: "Pod", spec: { containers: [{ image: "b" }] } },
      ["spec.containers[0].image"],
    ],
    [
      "a name",
      { apiVersion: "v1", kind: "Service", metadata: { name: "a" } },
      { apiVersion: "v1", kind: "Service", metadata: { name: unknown } },
      ["metadata.name"],
    ],
    [
      "a whole map that holds a replacing field",
      { apiVersion: "batch/v1", kind: "Job" },
      { apiVersion: "batch/v1", kind: "Job", spec: { template: {} } },
      ["spec"],
    ],
  ];
  for (const [what, old, news, replaces] of cases) {
    it(`${replaces.length > 0 ? "replaces" : "updates in place"} for ${what}`, () => {
      const differences = detailedDiff(old, news, forceNewFields(news, settings));
      assert.notDeepEqual(differences, {});
      const replacing = Object.entries(differences).filter(([, { kind }]) =>
        kind.endsWith("replace"),
      );
      assert.deepEqual(
        replacing.map(([path]) => path),
        replaces,
      );
    });
  }

  it("reads the paths that it writes", () => {
    const path = ["a", 0, 'b"c.d', "e"];
    assert.equal(pathText(path), 'a[0]["b\\"c.d"].e');
    assert.deepEqual(splitPath(pathText(path)), ["a", "0", 'b"c.d', "e"]);
    assert.ok(isAtOrUnder("spec.list[1].x", "spec.list[*].x"));
    assert.ok(!isAtOrUnder("spec.list", "spec.list[0]"));
  });
});

function statefulSet(spec: PropertyMap): PropertyMap {
  return { apiVersion: "apps/v1", kind: "StatefulSet", spec };
}
