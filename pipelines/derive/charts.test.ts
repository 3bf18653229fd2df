import assert from "node:assert/strict";
import { test } from "node:test";
import { average, defineStream, dimension, measure, timestamp } from "../declare";
import { timeRange } from "./chart-query";
import { chartSpecs } from "./charts";
import { dashboardSpec } from "./dashboard";

const weather = defineStream({
  name: "weather",
  event: { at: timestamp(), city: dimension.oneOf(["Oslo", "Rome"]), degrees: measure.number() },
  metrics: { heat: average("degrees", { format: ".1f" }) },
  dashboard: {
    title: "Weather",
    timeRange: "Last 2 hours",
    colors: { Oslo: "#0000ff" },
    rows: [
      [
        { key: "now", kind: "big-number-trend", title: "Now", metric: "heat", width: 4 },
        { key: "all", kind: "line", title: "All", metric: "heat", dimension: "city", width: 8 },
      ],
      [{ key: "share", kind: "pie", title: "Share", metric: "heat", dimension: "city", width: 6 }],
    ],
  },
});
const uuidOf = (key: string) => `uuid-${key}`;

test("every chart leaves probe events out, in its query and on its own page", () => {
  for (const { key, queries, params } of chartSpecs(weather)) {
    const [query] = queries;
    assert.match(JSON.stringify(query?.filters), /{"col":"probe_id","op":"IS NULL"}/, key);
    assert.match(JSON.stringify(params.adhoc_filters), /"subject":"probe_id"/, key);
  }
});

test("ranges of live data end now, others are Superset's own", () => {
  assert.equal(timeRange("Last hour"), 'DATEADD(DATETIME("now"), -1, hour) : now');
  assert.equal(timeRange("Last 15 minutes"), 'DATEADD(DATETIME("now"), -15, minute) : now');
  assert.equal(timeRange("Last week"), 'DATEADD(DATETIME("now"), -1, week) : now');
  assert.equal(timeRange("Last 7 days"), 'DATEADD(DATETIME("now"), -7, day) : now');
  assert.equal(timeRange("previous calendar week"), "previous calendar week");
  assert.equal(timeRange("No filter"), undefined);
});

test("what a chart does not say is the dashboard's, and its format the metric's", () => {
  const [trend] = chartSpecs(weather);
  assert.match(JSON.stringify(trend?.queries), /-2, hour/);
  assert.equal(trend?.params.y_axis_format, ".1f");
  assert.equal(trend?.params.time_grain_sqla, "PT1M");
});

test("no spec holds a null, which a state file would drop", () => {
  const all = [...chartSpecs(weather), dashboardSpec(weather, uuidOf)];
  assert.doesNotMatch(JSON.stringify(all), /null/);
});

test("rows lie below each other with a line between, and each chart names its parents", () => {
  const positions = dashboardSpec(weather, uuidOf)?.positions ?? {};
  assert.deepEqual(Object.keys(positions), [
    "DASHBOARD_VERSION_KEY",
    "ROOT_ID",
    "GRID_ID",
    "HEADER_ID",
    "ROW-1",
    "CHART-now",
    "CHART-all",
    "DIVIDER-1",
    "ROW-2",
    "CHART-share",
  ]);
  assert.deepEqual(positions["CHART-now"], {
    id: "CHART-now",
    type: "CHART",
    children: [],
    parents: ["ROOT_ID", "GRID_ID", "ROW-1"],
    meta: { uuid: "uuid-now", sliceName: "Now", width: 4, height: 26 },
  });
});

test("a row wider than the grid is an error, a stream without a dashboard has none", () => {
  const { dashboard } = weather;
  assert.ok(dashboard);
  const [row = []] = dashboard.rows;
  const wide = { ...weather, dashboard: { ...dashboard, rows: [[...row, ...row]] } };
  assert.throws(
    () => dashboardSpec(wide, uuidOf),
    /stream "weather": the charts of row 1 are 24 columns wide, and the grid has 12/,
  );
  assert.equal(dashboardSpec({ ...weather, dashboard: undefined }, uuidOf), undefined);
  assert.deepEqual(chartSpecs({ ...weather, dashboard: undefined }), []);
});

test("a time axis shows dates where its intervals are hours or days", () => {
  const formatOf = (timeGrain: "PT1M" | "PT1H" | "P1D") => {
    const line = { key: "a", kind: "line", title: "A", metric: "heat", width: 6 } as const;
    const dashboard = { title: "Weather", rows: [[{ ...line, timeGrain }]] };
    const [chart] = chartSpecs({ ...weather, dashboard });
    return [chart?.params.x_axis_time_format, chart?.params.tooltipTimeFormat];
  };
  assert.deepEqual(formatOf("PT1M"), ["%H:%M", "%H:%M UTC"]);
  assert.deepEqual(formatOf("PT1H"), ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M UTC"]);
  assert.deepEqual(formatOf("P1D"), ["%Y-%m-%d", "%Y-%m-%d UTC"]);
});
