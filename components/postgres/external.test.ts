import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { manifestsOf, registeredResources } from "../../render";
import { makeAuthority, makeCertificate } from "../../resources/tls/x509";
import type { Manifest, Registered } from "../registered";
import { field, typesAndNames } from "../testing";

describe("a PostgreSQL server that is there already", () => {
  let registered: Registered[] = [];
  let manifests: Manifest[] = [];
  before(async () => {
    registered = await registeredResources("staging", {
      imageRegistry: "registry.example.com",
      postgresUrl: "postgresql://root@db.example.com:6432?sslmode=require",
      postgresPassword: "not-the-password",
      producerMode: "both",
    });
    manifests = manifestsOf(registered);
  });
  const job = "postgres-databases-rendered";
  const container = "spec.template.spec.containers.0";

  it("takes the place of the stack's own: a Job makes roles and databases", () => {
    assert.deepEqual(typesAndNames(registered, "postgres"), [
      "kubernetes:batch/v1:Job postgres-databases",
      "kubernetes:core/v1:ConfigMap postgres-databases-config",
      "kubernetes:core/v1:Secret postgres-databases-secret",
      "random:index/randomPassword:RandomPassword postgres-airflow-password",
      "random:index/randomPassword:RandomPassword postgres-druid-password",
      "random:index/randomPassword:RandomPassword postgres-superset-password",
      "realtime-analytics:index:ExternalPostgres postgres",
    ]);
    const environment = JSON.stringify(field(manifests, "Job", job, `${container}.env`));
    const names = ["superset", "druid", "airflow"].map(
      (name) => `realtime_analytics_staging_${name}`,
    );
    for (const part of [
      `"DATABASES","value":"${names.join(" ")}"`,
      '"PGHOST","value":"db.example.com"',
      '"PGPORT","value":"6432"',
      '"PGUSER","value":"root"',
      '"PGSSLMODE","value":"require"',
    ]) {
      assert.ok(environment.includes(part), `${part} is not in ${environment}`);
    }
    assert.doesNotMatch(environment, /not-the-password/);
  });

  it("is what Superset, Druid and Airflow are told, each its own database, and to encrypt", () => {
    const own = (service: string) => `realtime_analytics_staging_${service}`;
    const superset = JSON.stringify(field(manifests, "Deployment", "superset", `${container}.env`));
    assert.ok(superset.includes(`"DATABASE_NAME","value":"${own("superset")}"`), superset);
    assert.ok(superset.includes('"PGSSLMODE","value":"require"'), superset);
    const coordinator = JSON.stringify(manifests.filter(({ kind }) => kind === "ConfigMap"));
    const address = `jdbc:postgresql://db.example.com:6432/${own("druid")}?sslmode=require`;
    assert.ok(coordinator.includes(address), `no ${address}`);
    const airflow = JSON.stringify(manifests.filter(({ kind }) => kind === "Secret"));
    assert.ok(airflow.includes(`@db.example.com:6432/${own("airflow")}?sslmode=require`));
  });

  const checked = (sslmode: string, postgresAuthority: string) =>
    registeredResources("staging", {
      imageRegistry: "registry.example.com",
      postgresUrl: `postgresql://root@db.example.com?sslmode=${sslmode}`,
      postgresPassword: "not-the-password",
      postgresAuthority,
      producerMode: "both",
    });

  it("has its certificate checked by all of its clients, against the authority that the config has", async () => {
    const { certificate } = await makeAuthority("an authority", 30);
    const found = manifestsOf(await checked("verify-full", certificate));
    const maps = found.filter(({ kind }) => kind === "ConfigMap");
    const withAuthority = maps
      .filter((one) => JSON.stringify(one).includes(JSON.stringify(certificate)))
      .map(({ metadata }) => String(metadata.name).replace(/-rendered$/, ""));
    assert.deepEqual(withAuthority.sort(), [
      "airflow-files",
      "druid-broker-config",
      "druid-coordinator-config",
      "druid-historical-config",
      "druid-indexer-config",
      "druid-router-config",
      "postgres-databases-config",
      "superset-config",
    ]);
    const file = (folder: string) => `${folder}/postgres-authority.pem`;
    for (const [kind, name, folder] of [
      ["Job", job, "/etc/postgres-config"],
      ["Deployment", "superset", "/etc/superset"],
      ["Deployment", "airflow-scheduler", "/etc/airflow"],
    ] as const) {
      const environment = JSON.stringify(field(found, kind, name, `${container}.env`));
      assert.ok(environment.includes(`"PGSSLROOTCERT","value":"${file(folder)}"`), environment);
    }
    const address = `?sslmode=verify-full&sslrootcert=${file("/etc/druid")}`;
    assert.ok(JSON.stringify(maps).includes(address), `no ${address}`);
  });

  it("is refused without an authority to check it against, with one that checks nothing, and with one that is none", async () => {
    const authority = await makeAuthority("an authority", 30);
    const server = await makeCertificate(authority, { commonName: "db", validDays: 30 });
    const together = /postgresAuthority must be set where postgresUrl has sslmode verify-ca or/;
    await assert.rejects(checked("verify-ca", ""), together);
    await assert.rejects(checked("require", authority.certificate), together);
    for (const wrong of ["authority.pem", server.certificate]) {
      await assert.rejects(
        checked("verify-full", wrong),
        /postgresAuthority must be an authority's certificate as PEM/,
      );
    }
  });
});
