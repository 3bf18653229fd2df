import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manifestsOf, registeredBy, registeredResources, settingsOf } from "../../render";
import { testNamespace } from "../testing";
import { createMonitoring } from "./monitoring";

const registry = { imageRegistry: "registry.example.com/team" };

describe("the exporter", () => {
  for (const [stack, overrides] of [
    ["local", {}],
    ["dev", {}],
    ["staging", registry],
  ] as const) {
    it(`may only describe in Kafka, and query the streams' tables in Druid, on ${stack}`, async () => {
      const registered = await registeredResources(stack, overrides);
      const access = registered
        .filter(({ type, inputs }) => /kafka:Acl$/.test(type) && inputs.username === "exporter")
        .map(({ inputs }) => [inputs.resource, inputs.operations]);
      assert.deepEqual(access, [
        [{ type: "cluster", name: "kafka-cluster" }, ["DESCRIBE"]],
        [{ type: "topic", name: "*" }, ["DESCRIBE"]],
        [{ type: "group", name: "*" }, ["DESCRIBE"]],
        ...(stack === "local" ? [[{ type: "topic", name: "operations" }, ["WRITE"]]] : []),
      ]);
      const [user] = registered.filter(
        ({ type, inputs }) => /druid:User$/.test(type) && inputs.name === "exporter",
      );
      assert.deepEqual(user?.inputs.permissions, [
        { type: "DATASOURCE", name: "demo", action: "READ" },
        ...(stack === "local" ? [{ type: "DATASOURCE", name: "operations", action: "READ" }] : []),
      ]);
    });
  }

  it("is told of each stream, and has its secrets in a Secret alone", async () => {
    const manifests = manifestsOf(await registeredResources("staging", registry));
    const own = manifests.filter(({ metadata }) =>
      /"app.kubernetes.io\/name":"exporter"/.test(JSON.stringify(metadata.labels)),
    );
    const named = (kind: string, name: string) =>
      own.find((one) => one.kind === kind && one.metadata.name === name);
    const { data } = named("ConfigMap", "exporter-config-rendered") ?? assert.fail("no config");
    const config = JSON.parse(String((data as Record<string, string>)["exporter.json"]));
    assert.deepEqual(config.streams, [{ name: "demo", topic: "demo", datasource: "demo" }]);
    assert.deepEqual(Object.keys(config.certificates).sort(), ["authority", "kafka", "postgres"]);
    const secret = named("Secret", "exporter-login-rendered") ?? assert.fail("no login");
    assert.deepEqual(Object.keys(secret.stringData as object).sort(), [
      "authority.pem",
      "druid-password",
      "kafka-password",
    ]);
    const others = own.filter(({ kind }) => kind !== "Secret");
    assert.ok(others.length >= 4);
    assert.doesNotMatch(JSON.stringify(others), /not-the-secret/);
  });
});

describe("monitoring.enabled", () => {
  it("as false makes neither exporter nor Prometheus nor objects of an operator", async () => {
    const settings = settingsOf("local");
    const registered = await registeredBy(() => {
      const namespace = testNamespace();
      const made = createMonitoring({
        namespace,
        settings: { ...settings, monitoring: { ...settings.monitoring, enabled: false } },
        kafka: { createAccount: () => assert.fail("a user of Kafka") },
        druid: { createUser: () => assert.fail("a user of Druid"), service: "druid", port: 8888 },
        superset: { service: "superset", port: 8088 },
        streams: [],
        topics: [],
        certificates: {},
      });
      assert.deepEqual(made, {});
    }, "test");
    assert.deepEqual(
      registered.filter(({ name }) => !name.startsWith("analytics")),
      [],
    );
  });

  it("annotates each pod that has metrics with where they are", async () => {
    const manifests = manifestsOf(await registeredResources("local", {}));
    const scraped = manifests.flatMap(({ metadata, spec }) => {
      const [, port] = /"prometheus.io\/port":"(\d+)"/.exec(JSON.stringify(spec ?? {})) ?? [];
      return port === undefined ? [] : [`${metadata.name}:${port}`];
    });
    assert.deepEqual(scraped.sort(), ["exporter:9102", "postgres:9187", "producer-demo:8080"]);
  });
});
