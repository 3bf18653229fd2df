import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { manifestsOf, registeredBy } from "../../render";
import { field, testNamespace } from "../testing";
import { createGrafanaDashboards, grafanaDashboards, grafanaQueries } from "./grafana";

const docs = join(__dirname, "../../docs");
const read = (file: string) => readFileSync(join(docs, file), "utf8");

describe("Grafana's dashboards", () => {
  it("are the files of docs/grafana: run `make docs`", () => {
    for (const [file, text] of Object.entries(grafanaDashboards)) {
      assert.equal(read(`grafana/${file}`), text);
    }
  });

  it("ask for metrics that docs/metrics.md has", () => {
    const page = `${read("metrics.md")} up`;
    for (const { title, expr } of grafanaQueries) {
      const names = expr.match(
        /\b(?:stream|kafka|druid|superset|producer|certificate|exporter|pg)_\w+/g,
      );
      for (const name of names ?? []) {
        const known = page.includes(name.replace(/_bucket$/, ""));
        assert.ok(known, `${title}: ${name}`);
      }
    }
  });

  it("come as a ConfigMap with the labels that a sidecar looks for, if it is asked for", async () => {
    const made = async (enabled: boolean) =>
      manifestsOf(
        await registeredBy(() => {
          const labels = { grafana_dashboard: "1" };
          createGrafanaDashboards("monitoring", testNamespace(), { enabled, labels });
        }, "test"),
      ).filter(({ kind }) => kind === "ConfigMap");
    assert.deepEqual(await made(false), []);
    const manifests = await made(true);
    const name = "realtime-analytics-dashboards";
    assert.deepEqual(field(manifests, "ConfigMap", name, "data"), grafanaDashboards);
    assert.equal(field(manifests, "ConfigMap", name, "metadata.labels.grafana_dashboard"), "1");
  });
});
