import assert from "node:assert/strict";
import { test } from "node:test";
import { describeImage } from "./image";
import type { BuiltLayer, Image } from "./model";

const image: Image = {
  repository: "analytics/x",
  tag: "1",
  isPulled: true,
  layers: [],
  user: { name: "x", uid: 1000, home: "/home/x" },
  folders: [],
  config: { env: { LANG: "C.UTF-8" }, path: ["/app/bin"], workingDir: "/app", command: ["x"] },
};
const layer: BuiltLayer = {
  name: "base",
  inputs: "0123456789abcdef",
  digest: `sha256:${"a".repeat(64)}`,
  size: 10,
};

test("an image runs as a user by number, with its folders first on the PATH", () => {
  const manifest = describeImage(image, [layer]);
  const config = manifest.blobs.at(-1);
  assert.ok(config && "text" in config.content);
  assert.deepEqual(JSON.parse(config.content.text).config, {
    User: "1000",
    Env: [
      "PATH=/app/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "LANG=C.UTF-8",
    ],
    WorkingDir: "/app",
    Cmd: ["x"],
    Labels: { "org.opencontainers.image.version": "1" },
  });
  assert.deepEqual(JSON.parse(config.content.text).rootfs, {
    type: "layers",
    diff_ids: [layer.digest],
  });
});

test("the manifest names its blobs and is the same each time", () => {
  const manifest = describeImage(image, [layer]);
  const parsed = JSON.parse(manifest.text);
  assert.deepEqual(parsed.layers, [
    { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: layer.digest, size: 10 },
  ]);
  assert.equal(parsed.config.digest, manifest.blobs[1]?.digest);
  assert.equal(describeImage(image, [layer]).digest, manifest.digest);
});
