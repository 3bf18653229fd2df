import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { describe, it } from "node:test";
import type { Stream } from "../pipelines/declare/stream";
import { prices, shop, specOf } from "../pipelines/testing/streams";
import { manifestsOf, registeredBy } from "../render";
import type { Registry } from "./kubernetes/image";
import { Producer } from "./producer";
import { field, testAccount, testNamespace, typesAndNames, values } from "./testing";

async function register(
  streams: readonly Stream[],
  registry: Registry,
  intervalMs?: number,
  tls = false,
) {
  const registered = await registeredBy(() => {
    new Producer("producer", {
      namespace: testNamespace(),
      values: values("dev").producer,
      account: testAccount("producer", tls),
      streams: streams.map((stream) => ({ spec: specOf(stream) })),
      intervalMs,
      logLevel: "info",
      isScraped: true,
      registry,
    });
  }, "test");
  return { registered, manifests: manifestsOf(registered) };
}

const template = "spec.template.spec";
const underscored = { ...prices, name: "coin_prices" };

describe("the standalone producer", () => {
  it("logs in to Kafka by files of a Secret, by TLS where Kafka's clients use it", async () => {
    const registry = { address: "" };
    const { manifests } = await register([prices], registry, undefined, true);
    const environment = (all: typeof manifests) =>
      field(all, "Deployment", "producer-prices", `${template}.containers.0.env`) as {
        name: string;
        value?: string;
        valueFrom?: unknown;
      }[];
    const login = environment(manifests).filter(({ name }) => /^KAFKA_S/.test(name));
    assert.deepEqual(login, [
      { name: "KAFKA_SASL_MECHANISM", value: "scram-sha-512" },
      { name: "KAFKA_SASL_USERNAME", value: "producer" },
      { name: "KAFKA_SASL_PASSWORD_FILE", value: "/etc/kafka-login/password" },
      { name: "KAFKA_SSL", value: "true" },
      { name: "KAFKA_SSL_CA_FILE", value: "/etc/kafka-login/authority.pem" },
    ]);
    assert.deepEqual(field(manifests, "Secret", "producer-kafka-login-rendered", "stringData"), {
      password: "not-the-password",
      "authority.pem": "the authority",
    });
    const { manifests: plain } = await register([prices], registry);
    assert.doesNotMatch(JSON.stringify(environment(plain)), /KAFKA_SSL/);
  });

  it("has a Deployment and a ConfigMap for each stream, and one image for all", async () => {
    const { registered, manifests } = await register([prices, shop], { address: "registry:5000" });
    assert.deepEqual(typesAndNames(registered, "producer"), [
      "docker:index/image:Image producer-image",
      "kubernetes:apps/v1:Deployment producer-prices-deployment",
      "kubernetes:apps/v1:Deployment producer-web-shop-deployment",
      "kubernetes:core/v1:ConfigMap producer-prices-stream",
      "kubernetes:core/v1:ConfigMap producer-web-shop-stream",
      "kubernetes:core/v1:Secret producer-kafka-login",
      "realtime-analytics:index:Producer producer",
    ]);
    const config = field(manifests, "ConfigMap", "producer-web-shop-stream-rendered", "data");
    const { "stream.json": spec } = config as Record<string, string>;
    assert.deepEqual(JSON.parse(spec ?? ""), specOf(shop));
    const [container] = field(
      manifests,
      "Deployment",
      "producer-web-shop",
      `${template}.containers`,
    ) as { image: string; command?: string[] }[];
    assert.match(container?.image ?? "", /^registry:5000\/analytics\/producer:[0-9a-f]{16}$/);
    assert.equal(container?.command, undefined);
  });

  it("gives each its own selector, and a name that Kubernetes takes", async () => {
    const { manifests } = await register([underscored, shop], { address: "registry:5000" });
    const selectors = ["producer-coin-prices", "producer-web-shop"].map((name) =>
      JSON.stringify(field(manifests, "Deployment", name, "spec.selector.matchLabels")),
    );
    assert.match(selectors[0] ?? "", /"app.kubernetes.io\/component":"coin_prices"/);
    assert.match(selectors[1] ?? "", /"app.kubernetes.io\/component":"web-shop"/);
  });

  it("runs from Node's own image with the program mounted, where no image can be built", async () => {
    const { registered, manifests } = await register([prices, shop], { address: "" });
    assert.deepEqual(
      registered.filter(({ type }) => type.startsWith("docker:")),
      [],
    );
    const programs = manifests.filter(({ metadata }) =>
      String(metadata.name).startsWith("producer-program"),
    );
    assert.equal(programs.length, 1);
    const { "main.js": program } = field(
      manifests,
      "ConfigMap",
      "producer-program-rendered",
      "data",
    ) as Record<string, string>;
    assert.equal(program?.length, statSync("producer/dist/main.js").size);
    for (const name of ["producer-prices", "producer-web-shop"]) {
      const containers = field(manifests, "Deployment", name, `${template}.containers`);
      const [{ image, command, volumeMounts } = {}] = containers as {
        image?: string;
        command?: string[];
        volumeMounts?: { name: string; mountPath: string }[];
      }[];
      assert.equal(image, "docker.io/library/node:22-bookworm-slim");
      assert.deepEqual(command, ["node", "/app/main.js"]);
      assert.deepEqual(volumeMounts?.map((mount) => mount.mountPath).sort(), [
        "/app",
        "/etc/kafka-login",
        "/etc/producer",
        "/tmp",
      ]);
    }
  });

  it("sends in each stream's own interval, unless the stack has one for all", async () => {
    const intervals = async (intervalMs?: number) => {
      const { manifests } = await register([prices], { address: "" }, intervalMs);
      const text = JSON.stringify(field(manifests, "Deployment", "producer-prices", template));
      return /"PRODUCER_INTERVAL_SECONDS","value":"([^"]*)"/.exec(text)?.[1];
    };
    assert.equal(await intervals(), undefined);
    assert.equal(await intervals(250), "0.25");
  });
});
