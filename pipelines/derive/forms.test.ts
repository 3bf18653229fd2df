import assert from "node:assert/strict";
import { test } from "node:test";
import { defineStream, dimension, measure, sum, timestamp } from "../declare";
import { lines, nested, registered, rolled } from "../testing/forms";
import { datasetSpec } from "./dataset";
import { exampleMessage } from "./example";
import { requireExtensions } from "./extensions";
import { ingestionSpec } from "./ingestion";

const specOf = (stream: Parameters<typeof ingestionSpec>[0]) =>
  ingestionSpec(stream, { bootstrapServers: "kafka:9092" }).spec;

test("paths, Kafka's own and exact numbers become Druid's flattening, its kafka format and expressions", () => {
  const { dataSchema, ioConfig } = specOf(nested);
  assert.equal(ioConfig.inputFormat.type, "kafka");
  const { valueFormat } = Object(ioConfig.inputFormat);
  assert.deepEqual(valueFormat, {
    type: "json",
    assumeNewlineDelimited: true,
    flattenSpec: {
      useFieldDiscovery: true,
      fields: [
        { type: "path", name: "at", expr: "$.meta.at" },
        { type: "path", name: "country", expr: "$.customer['country-code']" },
        { type: "path", name: "skus", expr: "$.items[*].sku" },
        { type: "path", name: "total", expr: "$.total" },
      ],
    },
  });
  assert.deepEqual(dataSchema.timestampSpec, { column: "at", format: "ruby" });
  const { transforms, filter } = dataSchema.transformSpec;
  const made = Object.fromEntries(transforms.map(({ name, expression }) => [name, expression]));
  assert.equal(made.source, '"kafka.header.source"');
  assert.equal(made.id, '"kafka.key"');
  assert.equal(made.worth, '"price" * "pieces"');
  assert.equal(made.serial, `if(regexp_like("serial", '^[-+]?[0-9]+$'), "serial", null)`);
  assert.equal(filter?.expression, `(nvl("country", '') != 'XX') || notnull("probe_id")`);
});

test("rolled-up rows have sums, sketches and a count, and metrics ask for those", () => {
  const { dataSchema } = specOf(rolled);
  assert.deepEqual(dataSchema.timestampSpec, { column: "kafka.timestamp", format: "millis" });
  assert.deepEqual(
    dataSchema.dimensionsSpec.dimensions.map(({ name }) => name),
    ["page", "probe_id"],
  );
  assert.deepEqual(dataSchema.metricsSpec, [
    { type: "count", name: "event_count" },
    { type: "longSum", name: "bytes", fieldName: "bytes" },
    { type: "doubleMax", name: "slowest", fieldName: "slowest" },
    { type: "HLLSketchBuild", name: "visitors", fieldName: "visitors" },
    { type: "quantilesDoublesSketch", name: "latency", fieldName: "latency" },
  ]);
  assert.deepEqual(
    datasetSpec(rolled).metrics.map(({ expression }) => expression),
    [
      'SUM("event_count")',
      'SUM("bytes") * 1.0 / SUM("event_count")',
      'APPROX_COUNT_DISTINCT_DS_HLL("visitors")',
      'APPROX_QUANTILE_DS("latency", 0.9)',
    ],
  );
});

test("a registry's password is a variable of the task's, and never in the spec", () => {
  assert.deepEqual(specOf(registered).ioConfig.inputFormat, {
    type: "avro_stream",
    avroBytesDecoder: {
      type: "schema_registry",
      url: "https://registry.example.com:8081",
      config: {
        "basic.auth.credentials.source": "USER_INFO",
        "druid.dynamic.config.provider": {
          type: "environment",
          variables: { "basic.auth.user.info": "REGISTRY_CREDENTIALS" },
        },
      },
    },
    binaryAsString: true,
    flattenSpec: {
      useFieldDiscovery: true,
      fields: [{ type: "path", name: "at", expr: "$.meta.at" }],
    },
  });
  assert.equal(exampleMessage(registered), undefined);
});

test("a stream that needs an extension which Druid lacks is refused with what to add", () => {
  const loaded = ["druid-datasketches", "druid-kafka-indexing-service"];
  requireExtensions([nested, rolled], loaded, true);
  assert.throws(
    () => requireExtensions([registered], loaded, false),
    /stream "registered": the format avro needs Druid's extension druid-avro-extensions, which is not loaded: add it to `extensions`/,
  );
  assert.throws(
    () => requireExtensions([registered], [...loaded, "druid-avro-extensions"], true),
    /which the image built from packages does not have/,
  );
});

test("an example is written as its stream's messages are", () => {
  assert.equal(exampleMessage(nested), '{"meta":{"at":1612519801}}');
  assert.equal(exampleMessage(lines), ",05/02/2021 10:10:01,example,,,,");
});

test("what no service would take, or the senders can't send, is refused by field", () => {
  const refusal = (more: object) => {
    const event = { at: timestamp(), city: dimension.oneOf(["Oslo"]), heat: measure.number() };
    const all = { name: "odd", event, metrics: { heat_sum: sum("heat") }, ...more };
    try {
      defineStream(all as Parameters<typeof defineStream>[0]);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  const event = (fields: object) => ({
    event: { at: timestamp(), heat: measure.number(), ...fields },
  });
  assert.equal(refusal({}), "");
  assert.match(
    refusal(event({ a: { ...dimension.string(), path: "$..b" } })),
    /the path of field "a" must be names/,
  );
  assert.match(
    refusal(event({ a: dimension.string({ expression: 'lower("b")' }) })),
    /the expression of field "a" names "b", which is no field of the messages/,
  );
  assert.match(
    refusal({ event: { at: timestamp({ format: { pattern: "soon" } }), heat: measure.number() } }),
    /the pattern of field "at" must be one of Joda's/,
  );
  assert.match(
    refusal({
      event: {
        at: timestamp({ format: { pattern: "yyyy", zone: "Rome" } }),
        heat: measure.number(),
      },
    }),
    /the zone of field "at" must be one such as Europe\/Lisbon, is "Rome"/,
  );
  assert.match(
    refusal({ ...event({ heat: measure.number({ rollup: "max" }) }), ingestion: { rollup: true } }),
    /metric "heat_sum" is the sum of "heat", of which rolled-up rows have the max/,
  );
  assert.match(
    refusal({
      event: {
        at: timestamp(),
        city: dimension.oneOf(["Oslo"]),
        heat: measure.number({ path: "$.h" }),
      },
      producer: {
        intervalMs: 1000,
        forEach: "city",
        ranges: { Oslo: { heat: { min: 1, max: 2 } } },
      },
    }),
    /producer can't send this stream, because it sends flat JSON with a time in form auto, and "heat" is otherwise/,
  );
  assert.match(
    refusal({ ingestion: { queryGranularity: "DAY" } }),
    /queryGranularity is DAY, longer than segmentGranularity, HOUR/,
  );
});
