import assert from "node:assert/strict";
import { test } from "node:test";
import {
  count,
  defineDashboard,
  defineStream,
  dimension,
  measure,
  on,
  sum,
  timestamp,
} from "../declare";
import { chartSpecs } from "./charts";
import { dashboardSpec } from "./dashboard";
import { nativeFilters } from "./filters";

const orders = defineStream({
  name: "orders",
  event: { at: timestamp(), country: dimension.string(), amount: measure.number() },
  metrics: { revenue: sum("amount", { format: ",.2f" }) },
});
const visits = defineStream({
  name: "visits",
  event: { at: timestamp(), country: dimension.string(), page: dimension.oneOf(["home", "cart"]) },
  metrics: { visits: count() },
});
const pie = { kind: "pie", title: "A", width: 6 } as const;
const shop = {
  name: "shop",
  title: "Shop",
  timeRange: "Last hour",
  colors: { cart: "#4fa5c8" },
  rows: [
    [
      on(orders, { ...pie, key: "revenue", metric: "revenue", dimension: "country" }),
      on(visits, { ...pie, key: "visits", metric: "visits", dimension: "page" }),
    ],
  ],
  filters: [{ kind: "time" } as const, on(visits, { kind: "dimension", dimension: "page" })],
};

test("each chart has the fields and formats of its own stream, and the dashboard's time", () => {
  const specs = chartSpecs(defineDashboard(shop));
  assert.deepEqual(
    specs.map(({ key, params }) => [key, params.groupby, params.number_format]),
    [
      ["revenue", ["country"], ",.2f"],
      ["visits", ["page"], "SMART_NUMBER"],
    ],
  );
  for (const { queries } of specs) assert.match(JSON.stringify(queries), /-1, hour/);
  const spec = dashboardSpec(defineDashboard(shop), String);
  assert.equal(spec?.slug, "shop");
  assert.ok("CHART-visits" in (spec?.positions ?? {}));
});

test("a filter asks the dataset of its stream", () => {
  const dashboard = defineDashboard(shop);
  const found = nativeFilters(dashboard, { orders: 1, visits: 2 });
  assert.match(JSON.stringify(found), /"targets":\[{"datasetId":2,"column":{"name":"page"}}\]/);
  assert.throws(() => nativeFilters(dashboard, { orders: 1 }), /stream "visits" has no dataset/);
});

test("a field of another stream does not compile, and is refused at run time", () => {
  const refused = (rows: readonly (readonly never[])[] | object[][], message: RegExp) =>
    assert.throws(() => defineDashboard({ ...shop, rows: rows as never }), message);
  refused(
    // @ts-expect-error page is a field of the other stream
    [[on(orders, { ...pie, key: "a", metric: "revenue", dimension: "page" })]],
    /dashboard "shop": chart "a" has no dimension "page"; there are country/,
  );
  refused(
    // @ts-expect-error visits is a metric of the other stream
    [[on(orders, { ...pie, key: "a", metric: "visits", dimension: "country" })]],
    /chart "a" has no metric "visits"; there are revenue/,
  );
  refused([[...shop.rows.flat(), ...shop.rows.flat()]], /two charts have the key "revenue"/);
  assert.throws(
    () =>
      defineDashboard({
        ...shop,
        // @ts-expect-error page is a field of the other stream
        filters: [on(orders, { kind: "dimension", dimension: "page" })],
      }),
    /the filter of "page" has no dimension "page"; there are country/,
  );
  assert.throws(() => defineDashboard({ ...shop, name: "Shop" }), /a name is a lower-case letter/);
});
