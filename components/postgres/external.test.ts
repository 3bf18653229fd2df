import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { manifestsOf, registeredResources } from "../../render";
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
});
