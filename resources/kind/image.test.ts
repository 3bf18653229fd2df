import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { revive } from "../testing/revive";
import { kindImageProvider } from "./image";

const inputs = { cluster: "kind", image: "kind.local/analytics/producer:0123456789abcdef" };

describe("the provider of images in kind's nodes", () => {
  const folder = mkdtempSync(join(tmpdir(), "kind-image-"));
  const path = process.env.PATH;
  const provider = revive(kindImageProvider);
  const calls = () => readFileSync(join(folder, "calls"), "utf8").trimEnd().split("\n");

  /** A program that writes down how it was called, and then does what the script says. */
  function program(name: string, script: string): void {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\necho ${name} "$@" >>'${folder}/calls'\n${script}\n`);
    chmodSync(file, 0o755);
  }

  before(() => {
    process.env.PATH = [folder, path].join(delimiter);
  });
  beforeEach(() => {
    writeFileSync(join(folder, "calls"), "");
    program("kind", 'if [ "$1" = get ]; then echo kind-control-plane; echo kind-worker; fi');
    program("docker", "echo sha256:1");
  });
  after(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  it("loads the image by the name and tag that the pods have", async () => {
    const { id, outs } = await (await provider).create(inputs);
    assert.equal(id, "kind/kind.local/analytics/producer:0123456789abcdef");
    assert.deepEqual(outs, inputs);
    assert.deepEqual(calls(), [
      "kind get nodes --name kind",
      "kind load docker-image kind.local/analytics/producer:0123456789abcdef --name kind",
    ]);
  });

  it("says what is missing: the cluster, or kind's own words", async () => {
    program("kind", "");
    await assert.rejects((await provider).create(inputs), /kind create cluster --name kind/);
    program("kind", 'if [ "$1" = get ]; then echo node; else echo no such image >&2; exit 1; fi');
    await assert.rejects((await provider).create(inputs), /kind load docker-image .*no such image/);
  });

  it("sees that a node of a new cluster does not have it", async () => {
    assert.equal((await (await provider).read("id", inputs)).id, "id");
    const missing = `no such image \\"${inputs.image}\\" present`;
    program("docker", `[ "$2" = kind-control-plane ] || { echo '${missing}' >&2; exit 1; }`);
    assert.equal((await (await provider).read("id", inputs)).id, undefined);
    assert.ok(calls().includes(`docker exec kind-worker crictl inspecti --quiet ${inputs.image}`));
    program("docker", "echo cannot connect to the Docker daemon >&2; exit 1");
    await assert.rejects(
      (await provider).read("id", inputs),
      /cannot connect to the Docker daemon/,
    );
    program("kind", "");
    assert.equal((await (await provider).read("id", inputs)).id, undefined);
  });

  it("loads a changed image beside the old one, and none that didn't change", async () => {
    const diff = async (news: typeof inputs) => (await provider).diff("id", inputs, news);
    assert.deepEqual(await diff(inputs), {
      changes: false,
      replaces: [],
      deleteBeforeReplace: false,
    });
    assert.deepEqual(
      (await diff({ ...inputs, image: "kind.local/analytics/producer:1" })).replaces,
      ["image"],
    );
  });
});
