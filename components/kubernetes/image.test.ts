import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { registeredBy } from "../../render";
import type { Registered } from "../registered";
import { buildImage, type Registry } from "./image";

const baseImage = "docker.io/library/node:22-bookworm-slim";

/** What is registered for one image, and the reference that its pods would have. */
async function built(registry: Registry) {
  let reference: pulumi.Output<string> | undefined;
  const registered = await registeredBy(() => {
    reference = buildImage(
      "producer-image",
      {
        context: join(__dirname, "..", "..", "producer"),
        files: ["package.json"],
        baseImage,
        repository: "analytics/producer",
        registry,
      },
      {},
    );
  }, "dev");
  const image = await new Promise<string>((resolve) => reference?.apply(resolve));
  return { image, registered };
}

const inputsOf = (registered: readonly Registered[], type: RegExp) =>
  registered.filter((one) => type.test(one.type)).map(({ inputs }) => inputs);

const docker = /^docker:/;
const kind = /^pulumi-nodejs:dynamic\/kind:Image$/;

describe("an image that is built here", () => {
  it("is loaded into kind's nodes by the very name that its pods have, and isn't pushed", async () => {
    const { image, registered } = await built({ address: "", kindCluster: "kind" });
    // No registry can answer by this name, whoever a node asks.
    assert.match(image, /^kind\.local\/analytics\/producer:[0-9a-f]{16}$/);
    const [build] = inputsOf(registered, docker);
    assert.equal(build?.imageName, image);
    assert.equal(build?.skipPush, true);
    const loads = inputsOf(registered, kind).map(({ cluster, image: loaded }) => [cluster, loaded]);
    assert.deepEqual(loads, [["kind", image]]);
  });

  it("is refused where no node could pull it, and Docker Hub would be asked", () => {
    assert.throws(
      () =>
        buildImage(
          "producer-image",
          {
            context: "producer",
            files: [],
            baseImage,
            repository: "analytics/producer",
            registry: { address: "" },
          },
          {},
        ),
      /^Error: no node could pull analytics\/producer: set imageRegistry, or kindCluster/,
    );
  });

  it("is built for the platform of the nodes, which its tag tells", async () => {
    const images = [
      await built({ address: "r.example.com", platform: "linux/amd64" }),
      await built({ address: "r.example.com", platform: "linux/arm64" }),
    ];
    assert.deepEqual(
      images.map(({ registered }) => inputsOf(registered, docker)[0]?.build),
      ["linux/amd64", "linux/arm64"].map((platform) => ({
        context: "producer",
        dockerfile: "producer/Dockerfile",
        platform,
        args: { BASE_IMAGE: baseImage },
      })),
    );
    assert.notEqual(images[0]?.image, images[1]?.image);
  });

  it("is pushed to kind's local registry by the name that the nodes pull it by", async () => {
    const { image, registered } = await built({ address: "localhost:5001" });
    assert.match(image, /^localhost:5001\/analytics\/producer:[0-9a-f]{16}$/);
    const [build] = inputsOf(registered, docker);
    assert.equal(build?.imageName, image);
    assert.equal(build?.skipPush, false);
    assert.equal(build?.registry, undefined);
    assert.deepEqual(inputsOf(registered, kind), []);
  });

  it("is pushed with the registry's own login where there is one, below the registry's path", async () => {
    const credentials = { username: "acme", password: pulumi.secret("not-the-token") };
    const { image, registered } = await built({ address: "ghcr.io/acme", credentials });
    assert.match(image, /^ghcr\.io\/acme\/analytics\/producer:[0-9a-f]{16}$/);
    const registry = inputsOf(registered, docker)[0]?.registry;
    assert.deepEqual(registry, { server: "ghcr.io", username: "acme", password: "not-the-token" });
  });
});
