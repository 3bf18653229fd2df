import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manifestsOf, registeredBy } from "../../render";
import { field, testNamespace, typesAndNames, values } from "../testing";
import { Postgres } from "./postgres";

const postgres = (secretsGeneration = 1) =>
  registeredBy(() => {
    new Postgres("postgres", {
      namespace: testNamespace(),
      values: values("dev").postgres,
      clients: ["superset", "druid"],
      secretsGeneration,
    });
  }, "test");

describe("Postgres", () => {
  it("is a StatefulSet, a Service, a ConfigMap, a Secret and a password for each role", async () => {
    assert.deepEqual(typesAndNames(await postgres(), "postgres"), [
      "kubernetes:apps/v1:StatefulSet postgres-server",
      "kubernetes:core/v1:ConfigMap postgres-config",
      "kubernetes:core/v1:Secret postgres-secret",
      "kubernetes:core/v1:Service postgres-service",
      "random:index/randomPassword:RandomPassword postgres-druid-password",
      "random:index/randomPassword:RandomPassword postgres-superset-password",
      "random:index/randomPassword:RandomPassword postgres-superuser-password",
      "realtime-analytics:index:Postgres postgres",
    ]);
  });

  it("takes passwords by SCRAM alone, from everywhere", async () => {
    const config = field(
      manifestsOf(await postgres()),
      "ConfigMap",
      "postgres-config-rendered",
      "data",
    );
    assert.match(
      JSON.stringify(config),
      /local all all scram-sha-256\\nhost all all all scram-sha-256\\n/,
    );
    assert.match(JSON.stringify(config), /password_encryption = 'scram-sha-256'/);
    assert.doesNotMatch(JSON.stringify(config), /trust/);
  });

  it("makes roles and databases of its clients before it starts", async () => {
    const init = "spec.template.spec.initContainers.0";
    const manifests = manifestsOf(await postgres());
    assert.deepEqual(field(manifests, "StatefulSet", "postgres", `${init}.command`), [
      "sh",
      "/etc/postgres-config/bootstrap.sh",
    ]);
    const secret = (key: string) => ({
      name: key,
      valueFrom: { secretKeyRef: { name: "postgres-secret-rendered", key } },
    });
    assert.deepEqual(field(manifests, "StatefulSet", "postgres", `${init}.env`), [
      { name: "BIN", value: "/usr/lib/postgresql/15/bin" },
      { name: "VOLUME", value: "/var/lib/postgresql/data" },
      { name: "CLIENTS", value: "superset druid" },
      secret("SUPERUSER_PASSWORD"),
      secret("PASSWORD_superset"),
      secret("PASSWORD_druid"),
    ]);
  });

  it("makes passwords that need no quoting", async () => {
    for (const { type, inputs } of await postgres()) {
      if (type === "random:index/randomPassword:RandomPassword") {
        assert.deepEqual({ ...inputs }, { length: 32, special: false });
      }
    }
  });

  it("of a later generation has new passwords, and the same StatefulSet", async () => {
    const registered = await postgres(2);
    assert.deepEqual(
      typesAndNames(registered, "postgres").filter((line) => !line.startsWith("kubernetes:")),
      [
        "random:index/randomPassword:RandomPassword postgres-druid-password-2",
        "random:index/randomPassword:RandomPassword postgres-superset-password-2",
        "random:index/randomPassword:RandomPassword postgres-superuser-password-2",
        "realtime-analytics:index:Postgres postgres",
      ],
    );
  });

  it("gives access to its clients alone", async () => {
    await registeredBy(() => {
      const server = new Postgres("postgres", {
        namespace: testNamespace(),
        values: values("dev").postgres,
        clients: ["superset"],
        secretsGeneration: 1,
      });
      const { password: _, ...access } = server.access("superset");
      assert.deepEqual(access, {
        host: "postgres",
        port: 5432,
        name: "superset",
        username: "superset",
      });
      assert.throws(() => server.access("airflow"), {
        message: "postgres has no client airflow; it has: superset",
      });
    }, "test");
  });
});
