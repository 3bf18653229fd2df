import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { stringify } from "yaml";
import { manifestsOf, registeredBy } from "../../render";
import { field, testNamespace, typesAndNames, values } from "../testing";
import { alertRules } from "./alerts";
import { createOperatorObjects } from "./operator";
import { Prometheus, prometheusConfig } from "./prometheus";

const monitoring = values("local").monitoring;
const args = {
  runbookUrl: "docs/alerts.md",
  volumes: {},
  druidServices: ["druid/broker"],
  hasPostgres: true,
};
const rules = alertRules(args);
const registered = () =>
  registeredBy(() => {
    const namespace = testNamespace();
    new Prometheus("prometheus", { namespace, values: monitoring.prometheus, rules });
  }, "test");

describe("Prometheus", () => {
  it("is a server with a volume, its config and an account", async () => {
    assert.deepEqual(typesAndNames(await registered(), "prometheus"), [
      "kubernetes:apps/v1:StatefulSet prometheus-server",
      "kubernetes:core/v1:ConfigMap prometheus-config",
      "kubernetes:core/v1:PersistentVolumeClaimPatch prometheus-server-volume-0",
      "kubernetes:core/v1:Service prometheus-service",
      "kubernetes:core/v1:ServiceAccount prometheus-account",
      "kubernetes:rbac.authorization.k8s.io/v1:Role prometheus-role",
      "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding prometheus-role-binding",
      "realtime-analytics:index:Prometheus prometheus",
    ]);
  });

  it("may list and watch the namespace's pods, and nothing else", async () => {
    const manifests = manifestsOf(await registered());
    assert.deepEqual(field(manifests, "Role", "prometheus", "rules"), [
      { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
    ]);
  });

  it("has a config that Prometheus takes, but for the discovery of pods, which the cluster tries", () => {
    const folder = mkdtempSync(join(tmpdir(), "prometheus-"));
    try {
      const config = prometheusConfig(monitoring.prometheus, "test");
      const file = join(folder, "prometheus.yml");
      // Debian's promtool knows nothing of Kubernetes.
      const jobs = config.scrape_configs.map((job) => ({
        ...job,
        kubernetes_sd_configs: undefined,
      }));
      const known = { ...config, rule_files: ["rules.yml"], scrape_configs: jobs };
      writeFileSync(file, stringify(known));
      writeFileSync(join(folder, "rules.yml"), stringify(rules));
      const options = { encoding: "utf8", timeout: 300_000 } as const;
      const promtool = execFileSync(join(__dirname, "../../scripts/promtool"), options).trim();
      const said = execFileSync(promtool, ["check", "config", file], options);
      assert.match(said, /SUCCESS: .*prometheus\.yml is valid/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("createOperatorObjects", () => {
  const kinds = async (enabled: boolean) =>
    manifestsOf(
      await registeredBy(() => {
        createOperatorObjects("monitoring", {
          namespace: testNamespace(),
          values: {
            ...monitoring,
            podMonitor: { enabled, labels: {} },
            prometheusRule: { enabled, labels: { release: "prometheus" } },
          },
          rules,
        });
      }, "test"),
    ).filter(({ apiVersion }) => apiVersion === "monitoring.coreos.com/v1");

  it("makes the operator's objects where they are asked for, with the same rules", async () => {
    const manifests = await kinds(true);
    assert.deepEqual(manifests.map(({ kind }) => kind).sort(), ["PodMonitor", "PrometheusRule"]);
    assert.deepEqual(field(manifests, "PrometheusRule", "realtime-analytics", "spec"), rules);
    const label = "metadata.labels.release";
    assert.equal(field(manifests, "PrometheusRule", "realtime-analytics", label), "prometheus");
  });

  it("makes none elsewhere", async () => assert.deepEqual(await kinds(false), []));
});
