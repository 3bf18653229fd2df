import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { dockerSocket, registryAddress } from "../../../paths";
import type { OperationContext } from "../../provider";
import { DockerProvider } from "./provider";

const missing = existsSync(dockerSocket) ? false : "the embedded Docker engine is not running";

describe("the Docker provider on a real engine", { skip: missing }, () => {
  const statuses: string[] = [];

  async function build(dockerfile: string) {
    const folder = mkdtempSync(join(tmpdir(), "docker-engine-"));
    try {
      writeFileSync(join(folder, "Dockerfile"), dockerfile);
      writeFileSync(join(folder, "file"), randomBytes(16));
      const provider = new DockerProvider();
      await provider.configure({ host: `unix://${dockerSocket}` });
      const { inputs, failures } = await provider.check(context(statuses), undefined, {
        imageName: `${registryAddress}/test/docker-provider:1`,
        build: { context: folder, args: { LABEL: "from args" } },
      });
      assert.deepEqual(failures, []);
      return await provider.create(context(statuses), inputs);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  it("builds and pushes, and gives the digest that the registry has", async () => {
    const dockerfile = "FROM scratch\nARG LABEL\nLABEL a=$LABEL\nCOPY file /file\n";
    const { id, outputs } = await build(dockerfile);
    assert.equal(id, `${registryAddress}/test/docker-provider:1`);
    assert.equal(outputs.imageName, id);
    assert.equal(outputs.dockerfile, "Dockerfile");
    const [repository, digest] = String(outputs.repoDigest).split("@");
    assert.equal(repository, `${registryAddress}/test/docker-provider`);
    const manifest = `http://${registryAddress}/v2/test/docker-provider/manifests/${digest}`;
    const accept = "application/vnd.docker.distribution.manifest.v2+json";
    const answer = await fetch(manifest, { headers: { accept } });
    assert.equal(answer.status, 200);
    assert.ok(statuses.includes("Pushing Image to the registry"));
  });

  it("repeats the builder's last words when a step fails", async () => {
    await assert.rejects(
      build("FROM scratch\nCOPY no-such-file /file\n"),
      /docker build .* failed with exit code 1 on unix:.*no-such-file/s,
    );
  });
});

function context(statuses: string[]): OperationContext {
  return {
    urn: "urn:pulumi:test::test::docker:index/image:Image::a",
    type: "docker:index/image:Image",
    name: "a",
    preview: false,
    signal: new AbortController().signal,
    status: (message) => statuses.push(message),
    log: () => undefined,
  };
}
