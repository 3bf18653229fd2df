import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { discoverPipelines } from ".";
import { datasetDefinition } from "./dataset";
import { datasourceSettings } from "./datasource";
import { definePipeline, type IngestionOptions } from "./definition";
import { demo } from "./demo";
import { exampleEvent } from "./example";
import { dimension, measure, timestamp } from "./fields";
import { ingestionSpec } from "./ingestion";
import { average, count } from "./metrics";
import { eventSchema } from "./schema";
import { topicDefinition } from "./topic";

test("the seed's ingestion reads its topic from the start, and says what it could not parse", () => {
  const spec = ingestionSpec(demo, { bootstrapServers: "kafka:9092" });
  assert.deepEqual(spec, {
    type: "kafka",
    spec: {
      dataSchema: {
        dataSource: "demo",
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
              expression: "if(__time < 100000000000, __time * 1000, __time)",
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
        topic: "demo",
        inputFormat: { type: "json" },
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
        logParseExceptions: true,
        maxSavedParseExceptions: 100,
        maxParseExceptions: 2_147_483_647,
      },
    },
  });
});

const weather = definePipeline({
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

test("a pipeline's own options go before the stack's", () => {
  assert.deepEqual(topicDefinition(weather, { replicationFactor: 3, minInSyncReplicas: 2 }), {
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

test("retention and compaction are asked of Druid where the pipeline says so, in Druid's terms", () => {
  assert.deepEqual(datasourceSettings(weather), {});
  const kept = definePipeline({
    name: "kept",
    event: { at: timestamp(), degrees: measure.number() },
    metrics: {},
    topic: { retentionMs: 3_600_000 },
    ingestion: { retention: "P30D", compaction: { segmentGranularity: "DAY" } },
  });
  assert.deepEqual(datasourceSettings(kept), {
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
  assert.equal(topicDefinition(kept, { replicationFactor: 1 }).config["retention.ms"], "3600000");
});

test("a period that is none is named before anything is registered", () => {
  const declare = (ingestion: IngestionOptions) =>
    definePipeline({ name: "kept", event: { at: timestamp() }, metrics: {}, ingestion });
  assert.throws(() => declare({ retention: "30 days" }), {
    message:
      'pipeline "kept": ingestion.retention must be an ISO-8601 period such as P30D or PT1H, is "30 days"',
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

test("the dataset has the time, each field and each metric", () => {
  const { columns, metrics, cacheSeconds } = datasetDefinition(weather);
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
    at: "2021-02-05T10:10:01Z",
    city: "example",
    degrees: 1,
  });
  const schema = eventSchema(weather);
  assert.deepEqual(schema.required, ["at", "city", "degrees"]);
  assert.deepEqual(schema.properties.station, { type: ["string", "null"] });
  assert.deepEqual(eventSchema(demo).properties.name, {
    title: "Coin",
    type: "string",
    enum: ["BTC", "ETH", "BTT", "DOT"],
  });
});

test("a declaration that contradicts itself is refused", () => {
  const metrics = {};
  assert.throws(
    () => definePipeline({ name: "Demo", event: { at: timestamp() }, metrics }),
    /pipeline "Demo": a name is/,
  );
  assert.throws(
    () => definePipeline({ name: "a", event: { b: measure.integer() }, metrics }),
    /exactly one field must be a timestamp\(\), found none/,
  );
  assert.throws(
    () => definePipeline({ name: "a", event: { b: timestamp(), c: timestamp() }, metrics }),
    /found b, c/,
  );
});

test("each file of the folder that exports a pipeline is a stream", (context) => {
  const folder = mkdtempSync(join(__dirname, "discovery-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = (name: string, topic: string) =>
    writeFileSync(
      join(folder, `${name}.ts`),
      `import { definePipeline } from "../definition";
       import { timestamp } from "../fields";
       export const stream = definePipeline({
         name: "${name}", event: { at: timestamp() }, metrics: {}, topic: { name: "${topic}" },
       });`,
    );
  file("b", "one");
  file("a", "two");
  assert.deepEqual(
    discoverPipelines(folder).map((pipeline) => pipeline.name),
    ["a", "b"],
  );
  file("c", "two");
  assert.throws(() => discoverPipelines(folder), /"a" and "c" both have the topic "two"/);
  assert.ok(discoverPipelines().some((pipeline) => pipeline.name === "demo"));
});
