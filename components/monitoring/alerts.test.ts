import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { stringify } from "yaml";
import { alertRules, alertTable } from "./alerts";
import { cases, quiet } from "./alerts.testing";

const args = {
  runbookUrl: "docs/alerts.md",
  volumes: { postgres: "1Gi", prometheus: "1Gi" },
  druidServices: ["druid/broker"],
  hasPostgres: true,
};
const names = Object.values(alertTable(args)).flatMap((alerts) => alerts.map(({ name }) => name));
const root = join(__dirname, "../..");

/** Runs promtool on the rules and a file of tests, in a folder of its own. @throws Error with what it prints */
function promtool(command: string[], tests: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), "alerts-"));
  try {
    writeFileSync(join(folder, "rules.yml"), stringify(alertRules(args)));
    writeFileSync(join(folder, "tests.yml"), stringify(tests));
    const options = { encoding: "utf8", timeout: 300_000 } as const;
    const program = execFileSync(join(root, "scripts/promtool"), options).trim();
    return execFileSync(program, command, { ...options, cwd: folder, timeout: 300_000 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("alertRules", () => {
  it("are rules that Prometheus takes", () => {
    assert.match(promtool(["check", "rules", "rules.yml"], {}), /SUCCESS: \d+ rules found/);
  });

  it("have a case below each that fires and clears", () => {
    assert.deepEqual([...new Set(cases.map(({ alert }) => alert))].sort(), [...names].sort());
  });

  it("fire and clear, each by its case, and are silent before and without", () => {
    const tests = {
      rule_files: ["rules.yml"],
      evaluation_interval: "10s",
      tests: [...silent, ...cases.map(testGroup)],
    };
    assert.match(promtool(["test", "rules", "tests.yml"], tests), /SUCCESS/);
  });
});

/** What must not fire: a stack on which nothing is wrong, and a stream that gets a message each ten minutes. */
const silent = [
  quiet,
  {
    ...quiet,
    'stream_lag_events{stream="demo"}': "0x8 1x4 0x200",
    'stream_druid_offset{stream="demo",partition="0"}': "7x12 8x200",
    'stream_freshness_seconds{stream="demo"}': "300+10x8 2+10x200",
  },
].map((series) => ({
  interval: "10s",
  input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
  promql_expr_test: ["50s", "1m50s", "2m", "2m10s", "5m"].map((eval_time) => ({
    expr: 'ALERTS{alertstate="firing"}',
    eval_time,
    exp_samples: [],
  })),
}));

/** A case as promtool takes it. What it prints of a failure has the alert's name. */
function testGroup({ alert, series, fires, clears }: (typeof cases)[number]) {
  const expr = `count by (alertname) (ALERTS{alertname="${alert}",alertstate="firing"})`;
  const firing = { labels: `{alertname="${alert}"}`, value: 1 };
  return {
    interval: "10s",
    input_series: Object.entries({ ...quiet, ...series }).map(([name, values]) => ({
      series: name,
      values,
    })),
    promql_expr_test: [
      { expr, eval_time: "50s", exp_samples: [] },
      { expr, eval_time: fires, exp_samples: [firing] },
      { expr, eval_time: clears, exp_samples: [] },
    ],
  };
}

describe("docs/alerts.md", () => {
  it("has a heading for each alert, in their order, and no other", () => {
    const page = readFileSync(join(root, "docs/alerts.md"), "utf8");
    assert.deepEqual(
      [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading),
      names,
    );
  });
});
