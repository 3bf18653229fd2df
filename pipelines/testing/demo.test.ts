import assert from "node:assert/strict";
import { test } from "node:test";
import { demo } from "../demo";
import { chartSpecs } from "../derive/charts";
import { dashboardSpec } from "../derive/dashboard";
import { senderSpec } from "../derive/sender";

test("the demo has the seed's five charts, drawn by the plugins that the seed used", () => {
  assert.deepEqual(
    chartSpecs(demo).map(({ key, sliceName, vizType }) => [key, sliceName, vizType]),
    [
      ["percent", "Percent", "pie"],
      ["bars", "Demo Chart 2", "echarts_timeseries_bar"],
      ["lines", "Demo Chart 1", "echarts_timeseries_smooth"],
      ["trend", "Coin trend", "big_number"],
      ["total", "Total Row", "big_number_total"],
    ],
  );
});

test("a chart's query names its metric, its dimension and its grain of time", () => {
  const [, bars] = chartSpecs(demo);
  assert.deepEqual(bars?.queries, [
    {
      filters: [
        { col: "probe_id", op: "IS NULL" },
        { col: "__time", op: "TEMPORAL_RANGE", val: 'DATEADD(DATETIME("now"), -5, minute) : now' },
      ],
      extras: { having: "", where: "" },
      row_limit: 10_000,
      order_desc: true,
      columns: [
        {
          columnType: "BASE_AXIS",
          expressionType: "SQL",
          label: "__time",
          sqlExpression: "__time",
          timeGrain: "PT5S",
        },
        "name",
      ],
      series_columns: ["name"],
      metrics: ["price"],
      orderby: [["price", false]],
    },
  ]);
  assert.equal(bars?.params.stack, "Stack");
});

test("the demo's dashboard is published, refreshes itself and has a colour for each coin", () => {
  const spec = dashboardSpec(demo, (key) => key);
  assert.deepEqual(
    { ...spec, positions: undefined },
    {
      title: "Real Time Druid",
      slug: "real-time-druid",
      published: true,
      metadata: {
        refresh_frequency: 10,
        label_colors: { BTC: "#4fa5c8", ETH: "#f28654", BTT: "#474d78", DOT: "#72bf8c" },
        color_scheme: "supersetColors",
        cross_filters_enabled: true,
      },
      positions: undefined,
    },
  );
});

test("the demo's events are the prices of four coins every five seconds", () => {
  const { topic, intervalMs, forEach, ranges, choices } = senderSpec(demo) ?? {};
  assert.deepEqual(
    { topic, intervalMs, forEach, coins: Object.keys(ranges ?? {}), choices },
    {
      topic: "demo",
      intervalMs: 5_000,
      forEach: "name",
      coins: demo.event.name.values,
      choices: {},
    },
  );
});
