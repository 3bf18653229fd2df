/** A stream with a chart of each kind, and events that are the same in each run but for their time. */

/** The title of each chart is its key. */
export const kinds = [
  "table",
  "area",
  "scatter",
  "heatmap",
  "gauge",
  "histogram",
  "funnel",
  "mixed",
  "treemap",
  "bar",
  "pie",
  "big-number",
];

const charts = `[
      [
        { key: "table", kind: "table", rowLimit: 5, title: "table", dimensions: ["country", "channel"], metrics: ["revenue", "orders"], width: 4 },
        { key: "area", kind: "area", title: "area", metric: "orders", dimension: "channel", stacked: true, width: 4 },
        { key: "scatter", kind: "scatter", title: "scatter", metric: "basket", dimension: "channel", width: 4 },
      ],
      [
        { key: "heatmap", kind: "heatmap", title: "heatmap", y: "country", x: "channel", metric: "orders", showValues: true, width: 4 },
        { key: "gauge", kind: "gauge", title: "gauge", metric: "basket", min: 0, max: 100, width: 4 },
        { key: "histogram", kind: "histogram", title: "histogram", field: "amount", bins: 12, dimension: "channel", width: 4 },
      ],
      [
        { key: "funnel", kind: "funnel", title: "funnel", metric: "orders", dimension: "channel", width: 4 },
        { key: "mixed", kind: "mixed", title: "mixed", left: { draw: "bar", metric: "orders", axisTitle: "Orders" }, right: { draw: "line", metric: "basket", axisTitle: "Basket" }, width: 4 },
        { key: "treemap", kind: "superset", title: "treemap", vizType: "treemap_v2", dimensions: ["country"], metrics: ["revenue"], params: { metric: "revenue", color_scheme: "supersetColors", show_labels: true, show_upper_labels: true, label_type: "key_value", number_format: ",.0f" }, width: 4 },
      ],
      [
        { key: "bar", kind: "bar", title: "bar", metric: "orders", dimension: "channel", stacked: true, width: 4 },
        { key: "pie", kind: "pie", title: "pie", metric: "revenue", dimension: "country", width: 4 },
        { key: "big-number", kind: "big-number", title: "big-number", metric: "orders", width: 4 },
      ],
    ]`;
export const filters = 'filters: [{ kind: "time" }, { kind: "dimension", dimension: "country" }],';

/** The file `pipelines/gallery.ts`. */
export const galleryFile = `import { average, count, defineStream, dimension, measure, sum, timestamp } from "./declare";

export const gallery = defineStream({
  name: "gallery",
  event: {
    at: timestamp({ label: "Time" }),
    country: dimension.string({ label: "Country" }),
    channel: dimension.oneOf(["web", "app", "shop"], { label: "Channel" }),
    amount: measure.number({ label: "Amount" }),
  },
  metrics: {
    revenue: sum("amount", { label: "Revenue", format: ",.2f", currency: "EUR" }),
    basket: average("amount", { label: "Average basket", format: ",.1f" }),
    orders: count({ label: "Orders", format: ",d" }),
  },
  dashboard: {
    title: "Gallery",
    refreshSeconds: 0,
    ${filters}
    rows: ${charts},
  },
});
`;

export interface GalleryEvent {
  readonly at: string;
  readonly country: string;
  readonly channel: string;
  readonly amount: number;
}

/** 360 events, one each 5 s until now. */
export function galleryEvents(now = Date.now()): GalleryEvent[] {
  const countries = ["PT", "PT", "DE", "DE", "BR", "FR", "PT"];
  const channels = ["web", "app", "web", "shop", "web"];
  return Array.from({ length: 360 }, (_, index) => ({
    at: new Date(now - (360 - index) * 5_000).toISOString(),
    country: countries[index % 7] ?? "",
    channel: channels[index % 5] ?? "",
    // Around 45, and fewer the further from there.
    amount: 45 + 20 * Math.sin(index) + 15 * Math.cos(index * index) + (index % 10),
  }));
}
