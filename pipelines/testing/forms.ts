/** Streams whose messages are not flat JSON, for tests. */
import {
  average,
  avro,
  count,
  countDistinct,
  csv,
  defineStream,
  dimension,
  measure,
  quantile,
  sketch,
  sum,
  timestamp,
  tsv,
} from "../declare";

/** Nested JSON with a list, exact numbers, a header, the key, a derived field and a filter. */
export const nested = defineStream({
  name: "nested",
  event: {
    at: timestamp({ path: "$.meta.at", format: "seconds" }),
    country: dimension.string({ path: "$.customer['country-code']", optional: true }),
    skus: dimension.strings({ path: "$.items[*].sku", optional: true }),
    tags: dimension.strings({ optional: true }),
    paid: dimension.boolean({ optional: true }),
    total: dimension.decimal({ path: "$.total", optional: true }),
    serial: dimension.bigInteger({ optional: true }),
    source: dimension.string({ kafka: "header:source", optional: true }),
    id: dimension.string({ kafka: "key", optional: true }),
    price: measure.number({ optional: true }),
    pieces: measure.integer({ optional: true }),
    worth: measure.number({ expression: '"price" * "pieces"', optional: true }),
  },
  metrics: {
    worth_sum: sum("worth"),
    sellers: countDistinct("source", { method: "exact" }),
    buyers: countDistinct("id", { method: "sketch" }),
    median: quantile("price", 0.5),
    rows: count(),
  },
  ingestion: { filter: `nvl("country", '') != 'XX'` },
});

/** Lines of CSV with times of a pattern. */
export const lines = defineStream({
  name: "lines",
  format: csv({ columns: ["unused", "at", "city", "tags", "degrees", "balance"] }),
  event: {
    at: timestamp({ format: { pattern: "dd/MM/yyyy HH:mm:ss", zone: "Europe/Lisbon" } }),
    city: dimension.string(),
    tags: dimension.strings({ optional: true }),
    degrees: measure.number({ optional: true }),
    balance: dimension.decimal({ optional: true }),
  },
  metrics: { heat: average("degrees"), rows: count() },
});

/** Tab-separated lines with times in nanoseconds. */
export const tabs = defineStream({
  name: "tabs",
  format: tsv(),
  event: {
    at: timestamp({ format: "nanoseconds" }),
    city: dimension.string(),
    degrees: measure.number({ optional: true }),
  },
  metrics: { rows: count() },
});

/** Rolled up to the hour, with sketches, at Kafka's own time. */
export const rolled = defineStream({
  name: "rolled",
  event: {
    at: timestamp({ kafka: "timestamp" }),
    page: dimension.string(),
    bytes: measure.integer(),
    slowest: measure.number({ path: "$.ms", rollup: "max" }),
    visitors: sketch.distinct({ path: "$.user" }),
    latency: sketch.quantiles({ path: "$.ms" }),
  },
  metrics: {
    hits: count(),
    bytes_mean: average("bytes"),
    people: countDistinct("visitors"),
    p90: quantile("latency", 0.9),
  },
  ingestion: { rollup: true, queryGranularity: "HOUR" },
});

/** Avro by a registry that asks for a password. */
export const registered = defineStream({
  name: "registered",
  format: avro({
    url: "https://registry.example.com:8081",
    credentialsVariable: "REGISTRY_CREDENTIALS",
  }),
  event: { at: timestamp({ path: "$.meta.at" }), city: dimension.string() },
  metrics: { rows: count() },
});
