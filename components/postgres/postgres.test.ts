import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manifestsOf, registeredBy } from "../../render";
import { createAuthority } from "../authority";
import { field, testNamespace, typesAndNames, values } from "../testing";
import { Postgres, type PostgresArgs } from "./postgres";

const postgres = (
  secretsGeneration = 1,
  stack = "dev",
  exporter: PostgresArgs["exporter"] = undefined,
) =>
  registeredBy(() => {
    new Postgres("postgres", {
      namespace: testNamespace(),
      authority: createAuthority(),
      values: values(stack).postgres,
      clients: ["superset", "druid"],
      secretsGeneration,
      exporter,
    });
  }, "test");

describe("Postgres", () => {
  it("is a server, the Job that makes roles and databases in it, and a password for each role", async () => {
    assert.deepEqual(typesAndNames(await postgres(), "postgres"), [
      "kubernetes:apps/v1:StatefulSet postgres-server",
      "kubernetes:batch/v1:Job postgres-databases",
      "kubernetes:core/v1:ConfigMap postgres-config",
      "kubernetes:core/v1:ConfigMap postgres-databases-config",
      "kubernetes:core/v1:PersistentVolumeClaimPatch postgres-server-volume-0",
      "kubernetes:core/v1:Secret postgres-databases-secret",
      "kubernetes:core/v1:Secret postgres-secret",
      "kubernetes:core/v1:Service postgres-service",
      "random:index/randomPassword:RandomPassword postgres-druid-password",
      "random:index/randomPassword:RandomPassword postgres-superset-password",
      "random:index/randomPassword:RandomPassword postgres-superuser-password",
      "realtime-analytics:index:Postgres postgres",
    ]);
  });

  it("takes passwords by SCRAM alone, and each role to its own database", async () => {
    const config = field(
      manifestsOf(await postgres()),
      "ConfigMap",
      "postgres-config-rendered",
      "data",
    );
    assert.match(
      JSON.stringify(config),
      /local all postgres scram-sha-256\\nhost all postgres all scram-sha-256\\nhost sameuser all all scram-sha-256\\n/,
    );
    assert.match(JSON.stringify(config), /password_encryption = 'scram-sha-256'/);
    assert.doesNotMatch(JSON.stringify(config), /trust/);
  });

  it("has its metrics told by a sidecar, whose role reads statistics from the same pod alone", async () => {
    const { postgresExporter } = values("dev").monitoring;
    const manifests = manifestsOf(await postgres(1, "dev", postgresExporter));
    const template = "spec.template";
    const annotations = field(
      manifests,
      "StatefulSet",
      "postgres",
      `${template}.metadata.annotations`,
    ) as Record<string, string>;
    assert.equal(annotations["prometheus.io/port"], "9187");
    const sidecar = field(
      manifests,
      "StatefulSet",
      "postgres",
      `${template}.spec.containers.1`,
    ) as {
      env: unknown;
      ports: unknown;
    };
    assert.deepEqual(sidecar.ports, [{ name: "metrics", containerPort: 9187 }]);
    assert.deepEqual(sidecar.env, [
      { name: "DATA_SOURCE_URI", value: "127.0.0.1:5432/postgres?sslmode=disable" },
      { name: "DATA_SOURCE_USER", value: "metrics" },
      secretVariable("postgres-metrics-secret", "DATA_SOURCE_PASS"),
    ]);
    const config = field(manifests, "ConfigMap", "postgres-config-rendered", "data");
    assert.match(
      JSON.stringify(config),
      /\\nhost postgres metrics 127\.0\.0\.1\/32 scram-sha-256\\n/,
    );
  });

  const secretVariable = (secret: string, key: string) => ({
    name: key,
    valueFrom: { secretKeyRef: { name: `${secret}-rendered`, key } },
  });

  it("makes the data directory before it starts, and knows no password but the superuser's", async () => {
    const init = "spec.template.spec.initContainers.0";
    const manifests = manifestsOf(await postgres());
    assert.deepEqual(field(manifests, "StatefulSet", "postgres", `${init}.command`), [
      "sh",
      "/etc/postgres-config/bootstrap.sh",
    ]);
    assert.deepEqual(field(manifests, "StatefulSet", "postgres", `${init}.env`), [
      { name: "BIN", value: "/usr/lib/postgresql/15/bin" },
      { name: "VOLUME", value: "/var/lib/postgresql/data" },
      secretVariable("postgres-secret", "SUPERUSER_VERIFIER"),
    ]);
  });

  it("makes roles and databases of its clients by a Job of the superuser", async () => {
    const container = "spec.template.spec.containers.0";
    const manifests = manifestsOf(await postgres());
    const job = "postgres-databases-rendered";
    assert.deepEqual(field(manifests, "Job", job, `${container}.env`), [
      { name: "BIN", value: "/usr/lib/postgresql/15/bin" },
      { name: "DATABASES", value: "superset druid" },
      { name: "PGHOST", value: "postgres" },
      { name: "PGPORT", value: "5432" },
      { name: "PGDATABASE", value: "postgres" },
      { name: "PGUSER", value: "postgres" },
      { name: "PGCONNECT_TIMEOUT", value: "10" },
      secretVariable("postgres-databases-secret", "PGPASSWORD"),
      secretVariable("postgres-databases-secret", "VERIFIER_superset"),
      secretVariable("postgres-databases-secret", "VERIFIER_druid"),
    ]);
  });

  it("makes passwords that need no quoting", async () => {
    for (const { type, inputs } of await postgres()) {
      if (type === "random:index/randomPassword:RandomPassword") {
        assert.deepEqual({ ...inputs }, { length: 32, special: false });
      }
    }
  });

  it("takes TLS connections alone where the values say so, and its Job checks the certificate", async () => {
    const manifests = manifestsOf(await postgres(1, "staging"));
    const config = JSON.stringify(
      field(manifests, "ConfigMap", "postgres-config-rendered", "data"),
    );
    assert.match(config, /ssl = 'on'/);
    assert.match(config, /hostssl sameuser all all/);
    assert.doesNotMatch(config, /\\nhost /);
    const volumes = JSON.stringify(
      field(manifests, "StatefulSet", "postgres", "spec.template.spec.volumes"),
    );
    assert.match(volumes, /"defaultMode":288,"secretName":"postgres-certificate-files-rendered"/);
    const environment = JSON.stringify(
      field(manifests, "Job", "postgres-databases-rendered", "spec.template.spec.containers.0.env"),
    );
    assert.match(environment, /"PGSSLMODE","value":"verify-full"/);
    assert.match(
      environment,
      /"PGSSLROOTCERT","value":"\/etc\/postgres-config\/postgres-authority.pem"/,
    );
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
      const { databases } = new Postgres("postgres", {
        namespace: testNamespace(),
        authority: createAuthority(),
        values: values("dev").postgres,
        clients: ["superset"],
        secretsGeneration: 1,
      });
      const { password: _, job: __, ...access } = databases.access("superset");
      assert.deepEqual(access, {
        host: "postgres",
        port: 5432,
        name: "superset",
        username: "superset",
      });
      assert.throws(() => databases.access("airflow"), {
        message: "postgres has no client airflow; it has: superset",
      });
    }, "test");
  });
});
