import assert from "node:assert/strict";
import { test } from "node:test";
import { average, count, defineStream, dimension, measure, timestamp } from "../declare";
import { prices } from "../testing/streams";
import { datasetSpec } from "./dataset";
import { datasourceSpec } from "./datasource";
import { exampleEvent } from "./example";
import { ingestionSpec } from "./ingestion";
import { eventSchema } from "./schema";
import { readingTasks } from "./slots";
import { topicSpec } from "./topic";

test("an ingestion reads its topic from the start, and says what it could not parse", () => {
  const spec = ingestionSpec(prices, { bootstrapServers: "kafka:9092" });
  assert.deepEqual(spec, {
    type: "kafka",
    spec: {
      dataSchema: {
        dataSource: "prices",
        timestampSpec: { column: "timestamp", format: "auto" },
        dimensionsSpec: {
          dimensions: [
            { type: "string", name: "name" },
            { type: "long", name: "data_id" },
            { type: "string", name: "probe_id" },
          ],
        },
        transformSpec: {
          transforms: [
            {
              type: "expression",
              name: "__time",
              expression:
                "if(regexp_like(\"timestamp\", '^[-+]?[0-9.]+$'), case_searched(abs(__time) < 1e11, round(cast(\"timestamp\", 'DOUBLE') * 1000), " +
                "abs(__time) < 1e14, __time, abs(__time) < 1e17, __time / 1000, __time / 1000000), __time)",
            },
            {
              type: "expression",
              name: "data_id",
              expression:
                'if(abs("data_id") >= 9223372036854775807.0 && regexp_like("data_id", \'E\'), null, "data_id")',
            },
          ],
        },
        granularitySpec: {
          type: "uniform",
          segmentGranularity: "HOUR",
          queryGranularity: "NONE",
          rollup: false,
        },
      },
      ioConfig: {
        type: "kafka",
        topic: "prices",
        inputFormat: { type: "json", assumeNewlineDelimited: true },
        consumerProperties: { "bootstrap.servers": "kafka:9092" },
        taskCount: 1,
        replicas: 1,
        taskDuration: "PT1H",
        startDelay: "PT1S",
        period: "PT5S",
        useEarliestOffset: true,
      },
      tuningConfig: {
        type: "kafka",
        offsetFetchPeriod: "PT10S",
        logParseExceptions: true,
        maxSavedParseExceptions: 100,
        maxParseExceptions: 2_147_483_647,
      },
    },
  });
});

const weather = defineStream({
  name: "weather",
  event: {
    at: timestamp(),
    city: dimension.string(),
    station: dimension.optionalString(),
    degrees: measure.number({ label: "Temperature" }),
  },
  metrics: { heat: average("degrees", { format: ",.1f" }), readings: count() },
  topic: { name: "weather.raw", partitions: 6, config: { "compression.type": "zstd" } },
  ingestion: { taskCount: 2, replicas: 2 },
  cacheSeconds: 60,
});

test("a stream's own options go before the stack's", () => {
  assert.deepEqual(topicSpec(weather, { replicationFactor: 3, minInSyncReplicas: 2 }), {
    name: "weather.raw",
    partitions: 6,
    replicationFactor: 3,
    config: {
      "retention.ms": "604800000",
      "min.insync.replicas": "2",
      "compression.type": "zstd",
    },
  });
  const { ioConfig, dataSchema } = ingestionSpec(weather, {
    bootstrapServers: "k:1",
    replicas: 1,
  }).spec;
  assert.deepEqual([ioConfig.topic, ioConfig.taskCount, ioConfig.replicas], ["weather.raw", 2, 2]);
  assert.equal(dataSchema.timestampSpec.column, "at");
});

test("retention and compaction are asked of Druid where the stream says so, in Druid's terms", () => {
  assert.deepEqual(datasourceSpec(weather), {});
  const kept = defineStream({
    name: "kept",
    event: { at: timestamp(), degrees: measure.number() },
    metrics: {},
    topic: { retentionMs: 3_600_000 },
    ingestion: { retention: "P30D", compaction: { segmentGranularity: "DAY" } },
  });
  assert.deepEqual(datasourceSpec(kept), {
    rules: [{ type: "loadByPeriod", period: "P30D", includeFuture: true }, { type: "dropForever" }],
    compaction: {
      skipOffsetFromLatest: "P1D",
      granularitySpec: { segmentGranularity: "DAY" },
      tuningConfig: {
        type: "index_parallel",
        partitionsSpec: { type: "dynamic", maxRowsPerSegment: 5_000_000 },
      },
      taskContext: { useConcurrentLocks: true },
    },
  });
  assert.deepEqual(ingestionSpec(kept, { bootstrapServers: "k:1" }).context, {
    useConcurrentLocks: true,
  });
  assert.equal(ingestionSpec(weather, { bootstrapServers: "k:1" }).context, undefined);
  assert.equal(topicSpec(kept, { replicationFactor: 1 }).config["retention.ms"], "3600000");
});

test("the dataset has the time, each field and each metric", () => {
  const { columns, metrics, cacheSeconds } = datasetSpec(weather);
  assert.deepEqual(
    columns.map((column) => [column.column_name, column.type, column.is_dttm, column.groupby]),
    [
      ["__time", "TIMESTAMP", true, true],
      ["city", "VARCHAR", false, true],
      ["station", "VARCHAR", false, true],
      ["degrees", "DOUBLE", false, false],
      ["probe_id", "VARCHAR", false, true],
    ],
  );
  assert.deepEqual(metrics, [
    {
      metric_name: "heat",
      verbose_name: "heat",
      expression: 'AVG("degrees")',
      d3format: ",.1f",
    },
    { metric_name: "readings", verbose_name: "readings", expression: "COUNT(*)" },
  ]);
  assert.equal(cacheSeconds, 60);
});

test("the example and the JSON Schema follow the fields", () => {
  assert.deepEqual(exampleEvent(weather), {
    at: "2021-02-05T10:10:01.000Z",
    city: "example",
    degrees: 1,
  });
  const schema = eventSchema(weather);
  assert.deepEqual(schema.required, ["at", "city", "degrees"]);
  assert.deepEqual(schema.properties.station, { type: ["string", "null"] });
  assert.deepEqual(eventSchema(prices).properties.name, {
    title: "Coin",
    type: "string",
    enum: ["BTC", "ETH", "BTT", "DOT"],
  });
});

test("a stream is read by its tasks, and their copies", () => {
  assert.deepEqual(readingTasks([prices], 1), { total: 1, sum: "prices 1" });
  assert.deepEqual(readingTasks([prices, weather], 2), { total: 6, sum: "prices 2 + weather 4" });
});
