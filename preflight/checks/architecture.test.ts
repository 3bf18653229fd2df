import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { declaredPods, node } from "../testing/examples";
import { checkArchitecture, checkBuilds } from "./architecture";

const arm = node("arm", { labels: { "kubernetes.io/arch": "arm64" } });
const intel = node("intel");
const druid = declaredPods({
  name: "druid-broker",
  app: "druid",
  images: ["docker.io/apache/druid:33.0.0"],
});

describe("the check of architectures", () => {
  it("finds nothing on nodes that run each image, and for images of one's own", () => {
    const own = { ...druid, images: ["registry.example:5000/druid:33.0.0"] };
    assert.deepEqual(checkArchitecture([druid, declaredPods()], [intel], "dev"), []);
    assert.deepEqual(checkArchitecture([own, declaredPods()], [arm], "dev"), []);
  });

  it("refuses Druid's image on a cluster of ARM nodes", () => {
    const [finding] = checkArchitecture([druid, declaredPods()], [arm], "dev");
    assert.match(
      finding?.found ?? "",
      /druid:33\.0\.0 is made for amd64 alone.*: arm64\. .*: druid-broker\.$/,
    );
    assert.match(finding?.todo ?? "", /^Add amd64 nodes/);
  });

  it("asks for a nodeSelector where some nodes are ARM, and is content with it", () => {
    const [finding] = checkArchitecture([druid], [arm, intel], "dev");
    assert.match(
      finding?.todo ?? "",
      /^Set nodeSelector { kubernetes\.io\/arch: amd64 } .* charts-values\/druid\.dev\.yaml$/,
    );
    const selecting = { ...druid, nodeSelector: { "kubernetes.io/arch": "amd64" } };
    assert.deepEqual(checkArchitecture([selecting], [arm, intel], "dev"), []);
  });
});

describe("the check of images that are built here", () => {
  it("warns where a node has another architecture than this machine", () => {
    const image = [{ name: "superset-image" }];
    assert.deepEqual(checkBuilds(image, [intel], "x64"), []);
    assert.deepEqual(checkBuilds([], [intel], "arm64"), []);
    const [finding] = checkBuilds(image, [intel], "arm64");
    assert.equal(finding?.severity, "warning");
    assert.match(finding?.found ?? "", /\(superset-image\), and this machine is arm64; .*: amd64/);
    const [mixed] = checkBuilds(image, [intel, arm], "arm64");
    assert.match(mixed?.todo ?? "", /nodeSelector { kubernetes\.io\/arch: arm64 }$/);
  });

  it("goes by the platform that images are built for, on whatever machine", () => {
    const image = [{ name: "superset-image", platform: "linux/amd64" }];
    assert.deepEqual(checkBuilds(image, [intel], "arm64"), []);
    const [finding] = checkBuilds(image, [arm], "arm64");
    assert.match(finding?.found ?? "", /^Images are built for linux\/amd64 .*: arm64\.$/);
    assert.match(finding?.todo ?? "", /config set imagePlatform linux\/arm64$/);
    const [mixed] = checkBuilds(image, [intel, arm], "arm64");
    assert.match(mixed?.todo ?? "", /nodeSelector { kubernetes\.io\/arch: amd64 }/);
  });
});
