import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isPropertyMap, type OperationContext, type PropertyMap, Secret } from "../../provider";
import { digestContext } from "./context";
import { DockerProvider } from "./provider";

const dockerfile = "FROM scratch\nCOPY src /src\n";

describe("the Docker provider", () => {
  let folder = "";
  const provider = new DockerProvider();

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "docker-provider-"));
    mkdirSync(join(folder, "src"));
    writeFileSync(join(folder, "Dockerfile"), dockerfile, { mode: 0o644 });
    writeFileSync(join(folder, "src", "a.txt"), "a", { mode: 0o644 });
    writeFileSync(join(folder, ".dockerignore"), "*.log\n", { mode: 0o644 });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function args(more: PropertyMap = {}): PropertyMap {
    return { imageName: "127.0.0.1:5005/test/a:1", build: { context: folder }, ...more };
  }

  async function checked(news: PropertyMap): Promise<PropertyMap> {
    const { inputs, failures } = await provider.check(context(), undefined, news);
    assert.deepEqual(failures, []);
    return inputs;
  }

  it("digests the context as the Pulumi provider does", () => {
    const hash = createHash("sha256");
    for (const [name, mode, content] of [
      ["Dockerfile", "----------", dockerfile],
      [".dockerignore", "-rw-r--r--", "*.log\n"],
      ["Dockerfile", "-rw-r--r--", dockerfile],
      ["src/a.txt", "-rw-r--r--", "a"],
    ] as const) {
      hash
        .update(name + mode)
        .update(createHash("sha256").update(content).digest())
        .update("\0");
    }
    const before = digestContext(folder, join(folder, "Dockerfile"));
    assert.equal(before, hash.digest("hex"));
    writeFileSync(join(folder, "noise.log"), "x");
    assert.equal(digestContext(folder, join(folder, "Dockerfile")), before);
    chmodSync(join(folder, "src", "a.txt"), 0o755);
    assert.notEqual(digestContext(folder, join(folder, "Dockerfile")), before);
    chmodSync(join(folder, "src", "a.txt"), 0o644);
  });

  it("fills in the Dockerfile, the digest and the platform", async () => {
    const { build } = await checked(args());
    assert.ok(isPropertyMap(build));
    assert.equal(build.dockerfile, join(folder, "Dockerfile"));
    assert.equal(build.contextDigest, digestContext(folder, join(folder, "Dockerfile")));
    assert.match(String(build.platform), /^linux\//);
  });

  it("names the Dockerfile that is not there, and the registry that a name lacks", async () => {
    const news = args({ imageName: "a:1", build: { context: folder, dockerfile: "none" } });
    const { failures } = await provider.check(context(), undefined, news);
    assert.deepEqual(failures, [
      { property: "build.dockerfile", reason: "there is no file none" },
      {
        property: "imageName",
        reason: "must begin with the registry to push to, such as docker.io/a:1; is a:1",
      },
    ]);
  });

  it("refuses other Docker resources", async () => {
    const ctx = { ...context(), type: "docker:index/remoteImage:RemoteImage" };
    const { failures } = await provider.check(ctx, undefined, {});
    assert.match(
      failures[0]?.reason ?? "",
      /RemoteImage is not supported .* install the Pulumi CLI/,
    );
  });

  it("builds anew for another file, but not for other credentials", async () => {
    const registry = { server: "127.0.0.1:5005", username: "u", password: new Secret("p") };
    const inputs = await checked(args({ registry }));
    const outputs = { __inputs: new Secret(inputs) };
    const diff = (news: PropertyMap) => provider.diff(context(), "id", inputs, outputs, news, []);
    const sameFiles = await checked(args({ registry: { ...registry, password: new Secret("q") } }));
    assert.equal((await diff(sameFiles)).changes, false);
    writeFileSync(join(folder, "src", "b.txt"), "b");
    assert.deepEqual((await diff(await checked(args({ registry })))).changedKeys, ["build"]);
  });

  it("leaves a preview unbuilt, its digest unknown", async () => {
    const inputs = await checked(args());
    const result = await provider.create({ ...context(), preview: true }, inputs);
    assert.deepEqual(result, { id: "", outputs: inputs });
  });
});

function context(): OperationContext {
  return {
    urn: "urn:pulumi:test::test::docker:index/image:Image::a",
    type: "docker:index/image:Image",
    name: "a",
    preview: false,
    signal: new AbortController().signal,
    status: () => undefined,
    log: () => undefined,
  };
}
