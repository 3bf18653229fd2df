import assert from "node:assert/strict";
import { test } from "node:test";
import { dimension, measure, timestamp } from "./fields";
import { average, countDistinct, sum } from "./metrics";
import type { IngestionOptions } from "./options";
import { defineStream } from "./stream";

test("a period that is none is named before anything is registered", () => {
  const declare = (ingestion: IngestionOptions) =>
    defineStream({ name: "kept", event: { at: timestamp() }, metrics: {}, ingestion });
  assert.throws(() => declare({ retention: "30 days" }), {
    message:
      'stream "kept": ingestion.retention must be an ISO-8601 period such as P30D or PT1H, is "30 days"',
  });
  assert.throws(
    () => declare({ compaction: { skipOffsetFromLatest: "P" } }),
    /skipOffsetFromLatest/,
  );
  assert.throws(() => declare({ taskDuration: "PT" }), /taskDuration/);
  assert.throws(() => declare({ taskDuration: "PT59S" }), /must be PT1M or more, is "PT59S"/);
  declare({
    retention: "P1Y6M",
    taskDuration: "PT1H30M",
    compaction: { skipOffsetFromLatest: "P2W" },
  });
});

test("a declaration that contradicts itself is refused", () => {
  const metrics = {};
  assert.throws(
    () => defineStream({ name: "Demo", event: { at: timestamp() }, metrics }),
    /stream "Demo": a name is/,
  );
  assert.throws(
    () => defineStream({ name: "a", event: { b: measure.integer() }, metrics }),
    /exactly one field must be a timestamp\(\), found none/,
  );
  assert.throws(
    () => defineStream({ name: "a", event: { b: timestamp(), c: timestamp() }, metrics }),
    /found b, c/,
  );
});

const event = {
  at: timestamp(),
  city: dimension.oneOf(["Oslo", "Rome"]),
  degrees: measure.number(),
};
const weather = { name: "weather", event, metrics: { heat: average("degrees") } };
const pie = { key: "a", kind: "pie", title: "A", metric: "heat", dimension: "city", width: 6 };

/** Declarations that the types refuse, each with what is said of it at run time. */
const refused: readonly [about: string, change: object, message: RegExp][] = [
  ["a field that SQL can't quote", { event: { ...event, 'a"b': measure.number() } }, /field "a"b"/],
  ["a column of Druid's own", { event: { ...event, __time: measure.number() } }, /begin with __/],
  [
    "a metric without its field",
    { metrics: { heat: sum("warmth") } },
    /no field "warmth".*city, degrees/,
  ],
  [
    "a sum of texts",
    { metrics: { heat: sum("city") } },
    /is the sum of "city", which is no number/,
  ],
  ["a column with a space at its end", { event: { ...event, "b ": measure.number() } }, /"b "/],
  [
    "a metric with the name of a dimension",
    { metrics: { city: countDistinct("city") } },
    /metric "city" has the name of a dimension/,
  ],
  [
    "a field that every object of JavaScript has",
    { metrics: { heat: sum("constructor") } },
    /no field "constructor"/,
  ],
  [
    "a label that Superset has no room for",
    { metrics: { heat: average("degrees", { label: "x".repeat(1025) }) } },
    /label of metric "heat" has 1025 characters/,
  ],
  ["a name that ends in -", { name: "weather-" }, /letter or digit at its end/],
  ["a topic of Kafka's own", { topic: { name: "__consumer_offsets" } }, /not begin with __/],
  [
    "a datasource that Druid's ids have no room for",
    { ingestion: { datasource: "d".repeat(129) } },
    /must be 1 to 128/,
  ],
  ["a topic that Kafka refuses", { topic: { name: "a b" } }, /topic\.name must be/],
  [
    "no partition",
    { topic: { partitions: 0 } },
    /topic\.partitions must be a whole number ≥ 1, is 0/,
  ],
  [
    "a datasource that Druid refuses",
    { ingestion: { datasource: "a/b" } },
    /ingestion\.datasource must be/,
  ],
  [
    "events of a measure",
    { producer: { intervalMs: 1, forEach: "degrees", ranges: {} } },
    /producer\.forEach must name/,
  ],
  [
    "a value without a range",
    {
      producer: {
        intervalMs: 1,
        forEach: "city",
        ranges: { Oslo: { degrees: { min: 0, max: 1 } }, Rome: { degrees: { min: 2, max: 1 } } },
      },
    },
    /no range of "degrees" for "Rome"/,
  ],
  ["a path that Superset refuses", dashboard(pie, { slug: "a b" }), /dashboard\.slug must be/],
  ["a path that is a dashboard's number", dashboard(pie, { slug: "12" }), /no number or UUID/],
  ["a path in capitals", dashboard(pie, { slug: "Weather" }), /lower-case letters/],
  ["a chart without a title", dashboard({ ...pie, title: " " }), /title of chart "a" must have 1/],
  [
    "a chart of a metric that every object has",
    dashboard({ ...pie, metric: "toString" }),
    /no metric "toString"/,
  ],
  ["a colour of nothing", dashboard(pie, { colors: { Paris: "#000000" } }), /has Paris, which no/],
  [
    "a chart without its metric",
    dashboard({ ...pie, metric: "warmth" }),
    /chart "a" has no metric "warmth"/,
  ],
  [
    "a chart without its dimension",
    dashboard({ ...pie, dimension: "degrees" }),
    /no dimension "degrees"/,
  ],
  ["a chart of no width", dashboard({ ...pie, width: 0 }), /width of chart "a"/],
  ["a key that no URL has", dashboard({ ...pie, key: "a/b" }), /key of chart "a\/b"/],
];

function dashboard(chart: object, more: object = {}): object {
  return { dashboard: { title: "Weather", rows: [[chart]], ...more } };
}

for (const [about, change, message] of refused) {
  test(`${about} is refused at run time, too`, () => {
    assert.throws(() => defineStream({ ...weather, ...change } as typeof weather), message);
  });
}

test("what the services take is taken, and all problems are told at once", () => {
  defineStream({
    ...weather,
    event: { ...event, "user-id": dimension.string(), "größe.cm": measure.number() },
    metrics: { heat: average("degrees"), cities: countDistinct("city") },
    topic: { name: "weather.raw_1" },
  });
  const twice = { ...weather, name: "Weather", topic: { name: "" } };
  assert.throws(() => defineStream(twice), /a name is .*\n.*topic\.name must be/);
});
