import assert from "node:assert/strict";
import { test } from "node:test";
import { average, count, defineStream, dimension, measure, sum, timestamp } from "../declare";
import type { Chart, Dashboard } from "../declare/dashboard";
import { chartSpecs } from "./charts";
import { dashboardSpec } from "./dashboard";
import { nativeFilters } from "./filters";

const place = { title: "A", width: 6 };

function declare(dashboard: Omit<Dashboard, "title">) {
  return defineStream({
    name: "orders",
    event: {
      at: timestamp(),
      country: dimension.string({ label: "Country" }),
      channel: dimension.oneOf(["web", "app"]),
      amount: measure.number(),
    },
    metrics: {
      revenue: sum("amount", { format: ",.2f", currency: "EUR" }),
      basket: average("amount"),
      orders: count(),
    },
    // Names are checked at run time here, as for those who don't compile.
    dashboard: { title: "Orders", ...dashboard } as never,
  });
}

function draw(chart: Omit<Chart, "title" | "width" | "key">) {
  const [spec] = chartSpecs(declare({ rows: [[{ key: "a", ...place, ...chart } as Chart]] }));
  assert.ok(spec);
  return spec;
}

const asked = (chart: Chart | object) =>
  draw(chart as Chart).queries.map(({ columns, metrics, orderby }) => ({
    columns,
    metrics,
    orderby,
  }));

test("a table has a row for each combination, and the formats of its metrics", () => {
  const chart = {
    kind: "table",
    dimensions: ["country", "channel"],
    metrics: ["revenue", "orders"],
  } as const;
  assert.deepEqual(asked(chart), [
    {
      columns: ["country", "channel"],
      metrics: ["revenue", "orders"],
      orderby: [["revenue", false]],
    },
  ]);
  assert.deepEqual(draw(chart).params.column_config, {
    revenue: {
      d3NumberFormat: ",.2f",
      currencyFormat: { symbol: "EUR", symbolPosition: "prefix" },
    },
    orders: { d3NumberFormat: "SMART_NUMBER" },
  });
});

test("a histogram reads the measure of each event, and Superset counts", () => {
  const spec = draw({ kind: "histogram", field: "amount", bins: 20 } as Chart);
  assert.deepEqual(spec.queries[0]?.columns, ["amount"]);
  assert.equal("metrics" in (spec.queries[0] ?? {}), false);
  assert.deepEqual(spec.queries[0]?.post_processing, [
    {
      operation: "histogram",
      options: { column: "amount", groupby: [], bins: 20, cumulative: false, normalize: false },
    },
  ]);
});

test("a heatmap is over time unless it names a dimension", () => {
  const time = draw({ kind: "heatmap", y: "country", metric: "orders" } as Chart);
  assert.equal(time.params.x_axis, "__time");
  assert.equal(time.params.time_grain_sqla, "PT1M");
  assert.deepEqual(asked({ kind: "heatmap", x: "channel", y: "country", metric: "orders" }), [
    { columns: ["channel", "country"], metrics: ["orders"], orderby: undefined },
  ]);
});

test("a mixed chart has a query and a format for each axis, and probe events are in neither", () => {
  const { queries, params } = draw({
    kind: "mixed",
    left: { draw: "bar", metric: "orders" },
    right: { draw: "smooth-line", metric: "revenue", dimension: "channel" },
  } as Chart);
  assert.deepEqual(
    queries.map(({ metrics }) => metrics),
    [["orders"], ["revenue"]],
  );
  assert.match(JSON.stringify(params.adhoc_filters_b), /probe_id/);
  assert.equal(params.seriesTypeB, "smooth");
  assert.equal(params.y_axis_format_secondary, ",.2f");
});

test("each kind has Superset's name, and what it groups by", () => {
  const kinds = {
    area: { kind: "area", metric: "orders", dimension: "channel" },
    scatter: { kind: "scatter", metric: "orders" },
    gauge: { kind: "gauge", metric: "basket", dimension: "channel", max: 100 },
    funnel: { kind: "funnel", metric: "orders", dimension: "channel" },
    own: {
      kind: "superset",
      vizType: "treemap_v2",
      params: { metric: "orders" },
      dimensions: ["country"],
      metrics: ["orders"],
    },
  };
  const drawn = Object.values(kinds).map((chart) => {
    const { vizType, params, isTried } = draw(chart as Chart);
    return [vizType, params.groupby, isTried ?? false];
  });
  assert.deepEqual(drawn, [
    ["echarts_area", ["channel"], false],
    ["echarts_timeseries_scatter", [], false],
    ["gauge_chart", ["channel"], false],
    ["funnel", ["channel"], false],
    ["treemap_v2", ["country"], true],
  ]);
  assert.equal(draw(kinds.gauge as Chart).params.max_val, 100);
});

test("a row limit is in the query, and in the form data that the warning reads", () => {
  const spec = draw({ kind: "pie", metric: "orders", dimension: "country", rowLimit: 5 } as Chart);
  assert.equal(spec.queries[0]?.row_limit, 5);
  assert.equal(spec.params.row_limit, 5);
});

test("a chart of some values only has them in its query, and on its edit page", () => {
  const where = { channel: ["web"] };
  const spec = draw({
    ...{ key: "a", ...place, kind: "pie", metric: "orders", dimension: "country" },
    where,
  } as Chart);
  const { filters } = spec.queries[0] ?? {};
  assert.ok(Array.isArray(filters));
  assert.deepEqual(filters[1], { col: "channel", op: "IN", val: ["web"] });
  assert.match(
    JSON.stringify(spec.params.adhoc_filters),
    /"subject":"channel","operator":"IN","operatorId":"IN","comparator":\["web"\]/,
  );
});

test("filters have fixed ids, and a time filter has a range to replace in each chart", () => {
  const stream = declare({
    rows: [[{ key: "a", ...place, kind: "big-number", metric: "orders" }]],
    filters: [
      { kind: "time", default: "Last hour" },
      { kind: "dimension", dimension: "country", default: ["PT"] },
    ],
  });
  const { native_filter_configuration: filters } = nativeFilters(stream, { orders: 7 });
  assert.ok(Array.isArray(filters));
  assert.deepEqual(
    filters.map(({ id, name, targets }) => ({ id, name, targets })),
    [
      { id: "NATIVE_FILTER-time", name: "Time range", targets: [{}] },
      {
        id: "NATIVE_FILTER-country",
        name: "Country",
        targets: [{ datasetId: 7, column: { name: "country" } }],
      },
    ],
  );
  const range = 'DATEADD(DATETIME("now"), -1, hour) : now';
  assert.deepEqual(filters[0]?.defaultDataMask.extraFormData, { time_range: range });
  assert.deepEqual(filters[1]?.defaultDataMask.extraFormData, {
    filters: [{ col: "country", op: "IN", val: ["PT"] }],
  });
  assert.match(JSON.stringify(chartSpecs(stream)[0]?.queries), /TEMPORAL_RANGE","val":"No filter"/);
  assert.equal(dashboardSpec(stream, String)?.metadata.filter_bar_orientation, "HORIZONTAL");
  assert.doesNotMatch(JSON.stringify([filters, chartSpecs(stream)]), /null/);
});

test("what no service would draw is refused, with chart and names", () => {
  const refused = (chart: object, message: RegExp) =>
    assert.throws(() => declare({ rows: [[{ key: "a", ...place, ...chart } as Chart]] }), message);
  refused(
    { kind: "superset", vizType: "treemap", params: {}, metrics: ["orders"] },
    /chart "a" has the vizType "treemap", which Superset cannot draw; it has .*treemap_v2/,
  );
  refused({ kind: "table", dimensions: ["town"], metrics: ["orders"] }, /no dimension "town"/);
  refused({ kind: "table", dimensions: [], metrics: [] }, /chart "a" has no metric/);
  refused({ kind: "histogram", field: "country" }, /no measure "country"; there are amount/);
  refused({ kind: "histogram", field: "amount", bins: 0 }, /bins of chart "a" .* is 0/);
  refused({ kind: "gauge", metric: "orders", min: 5, max: 5 }, /scale from 5 to 5/);
  refused(
    { kind: "mixed", left: { draw: "bar", metric: "x" }, right: { draw: "bar", metric: "orders" } },
    /no metric "x"; there are revenue, basket, orders/,
  );
  refused(
    { kind: "pie", metric: "orders", dimension: "country", rowLimit: 0 },
    /rowLimit of chart "a" .* is 0/,
  );
  const number = { kind: "big-number", metric: "orders" };
  refused({ ...number, where: { town: ["x"] } }, /chart "a" has no dimension "town"/);
  refused({ ...number, where: { country: [] } }, /chart "a" draws no value of "country"/);
  const rows = [[{ key: "a", ...place, kind: "big-number", metric: "orders" } as const]];
  const twice = { kind: "dimension", dimension: "country" } as const;
  assert.throws(() => declare({ rows, filters: [twice, twice] }), /two filters of "country"/);
  assert.throws(
    () => declare({ rows, filters: [{ kind: "dimension", dimension: "amount" }] }),
    /the filter of "amount" has no dimension "amount"; there are country, channel/,
  );
});
