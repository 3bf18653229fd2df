import {
  average,
  count,
  defineStream,
  dimension,
  measure,
  type StreamEvent,
  sum,
  timestamp,
} from "./declare";

/** The prices of four coins, on the dashboard "Real Time Druid". */
export const demo = defineStream({
  name: "demo",
  description: "Prices of four coins",
  event: {
    timestamp: timestamp({ label: "Time" }),
    name: dimension.oneOf(["BTC", "ETH", "BTT", "DOT"], { label: "Coin" }),
    data_id: measure.integer({ label: "Price" }),
  },
  metrics: {
    price: sum("data_id", { label: "Price" }),
    average_price: average("data_id", { label: "Price", format: ",.0f" }),
    rows: count({ label: "Rows", format: ",d" }),
  },
  producer: {
    intervalMs: 5_000,
    forEach: "name",
    ranges: {
      BTC: { data_id: { min: 10, max: 400 } },
      ETH: { data_id: { min: 10, max: 250 } },
      BTT: { data_id: { min: 10, max: 40 } },
      DOT: { data_id: { min: 40, max: 170 } },
    },
  },
  dashboard: {
    title: "Real Time Druid",
    slug: "real-time-druid",
    refreshSeconds: 10,
    colors: { BTC: "#4fa5c8", ETH: "#f28654", BTT: "#474d78", DOT: "#72bf8c" },
    rows: [
      [
        {
          key: "percent",
          kind: "pie",
          title: "Percent",
          metric: "price",
          dimension: "name",
          width: 5,
        },
        {
          key: "bars",
          kind: "bar",
          title: "Demo Chart 2",
          metric: "price",
          dimension: "name",
          timeGrain: "PT5S",
          stacked: true,
          xAxisTitle: "Time",
          yAxisTitle: "Price",
          timeRange: "Last 5 minutes",
          width: 7,
        },
      ],
      [
        {
          key: "lines",
          kind: "smooth-line",
          title: "Demo Chart 1",
          metric: "average_price",
          dimension: "name",
          timeGrain: "PT5S",
          showValues: true,
          xAxisTitle: "Time",
          yAxisTitle: "Price",
          timeRange: "Last 3 minutes",
          width: 8,
        },
        {
          key: "trend",
          kind: "big-number-trend",
          title: "Coin trend",
          metric: "price",
          timeGrain: "PT5S",
          timeRange: "Last 5 minutes",
          width: 2,
        },
        { key: "total", kind: "big-number", title: "Total Row", metric: "rows", width: 2 },
      ],
    ],
  },
});

/** One event of the stream. */
export type DemoEvent = StreamEvent<typeof demo>;
