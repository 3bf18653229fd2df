/** Alerts whose trouble takes minutes to make, fire and clear. The others: tests/monitoring/20-alerts.cluster.test.ts. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AppsV1Api, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { z } from "zod";
import { makeAuthority, makeCertificate } from "../../resources/tls/x509";
import type { StackOutputs } from "../../verify/outputs";
import { clears, fires, firesDuring, query, values } from "../support/alerts";
import { EditedFile } from "../support/edited-file";
import {
  annotatePods,
  coreApi,
  kubeConfig,
  scaleByHand,
  scaleSetByHand,
  unlessMissing,
} from "../support/kubernetes";
import { outOfBand } from "../support/out-of-band";
import { mustMake, standUp, until, withKafkaClient } from "../support/stack";

const limitMs = 300_000;
const producerValues = new EditedFile("charts-values/producer.local.yaml");
const druidValues = new EditedFile("charts-values/druid.local.yaml");
let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});
after(async () => {
  producerValues.putBack();
  druidValues.putBack();
  const { namespace } = outputs;
  await unlessMissing(
    (await coreApi()).deleteNamespacedConfigMap({ namespace, name: "exporter-by-hand" }),
  );
});

// Errors are counted over five minutes.
const limits = { fireMs: limitMs, clearMs: 2 * limitMs };

test("Druid's router down: the service, and the exporter's questions to it", async () => {
  await firesDuring(
    outputs,
    limits,
    [
      { alert: "DruidServiceDown", labels: { service: "druid/router" } },
      { alert: "ExporterScrapeErrors", labels: { source: "streams" } },
    ],
    () => scaleByHand(outputs, "druid-router", 0),
    () => scaleByHand(outputs, "druid-router", 1),
  );
});

test("Superset down", async () => {
  await firesDuring(
    outputs,
    limits,
    [{ alert: "SupersetDown" }],
    () => scaleByHand(outputs, "superset", 0),
    () => scaleByHand(outputs, "superset", 1),
  );
});

test("a malformed message", async () => {
  const wanted = { alert: "StreamMessagesMalformed", labels: { stream: "demo" } };
  await withKafkaClient(outputs, async (kafka) => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({ topic: "demo", acks: -1, messages: [{ value: "{" }] });
    await producer.disconnect();
  });
  await fires(outputs, wanted, limits.fireMs);
  await clears(outputs, wanted, limits.clearMs);
});

test("PostgreSQL down", async () => {
  await firesDuring(
    outputs,
    limits,
    [{ alert: "PostgresDown" }],
    () => scaleSetByHand(outputs, "postgres", 0),
    () => scaleSetByHand(outputs, "postgres", 1),
  );
});

test("the exporter down", async () => {
  await firesDuring(
    outputs,
    limits,
    [{ alert: "ExporterDown" }],
    () => scaleByHand(outputs, "exporter", 0),
    () => scaleByHand(outputs, "exporter", 1),
  );
});

test("a producer that gives no metrics at the port that its pod names", async () => {
  const [up] = await query(outputs, 'up{app="producer"}');
  const port = up?.instance?.split(":").at(-1);
  assert.ok(port, "no producer is scraped");
  const name = (value: string) =>
    annotatePods(outputs, "producer", { "prometheus.io/port": value });
  await firesDuring(
    outputs,
    limits,
    [{ alert: "TargetDown", labels: { app: "producer" } }],
    () => name("9"),
    () => name(port),
  );
});

test("Kafka down: the buffer of a producer that keeps 40 events fills", async () => {
  producerValues.write(`${producerValues.original}maxBufferedMessages: 40\n`);
  await mustMake("up");
  await firesDuring(
    outputs,
    limits,
    [
      { alert: "ProducerBufferFull" },
      { alert: "ExporterScrapeErrors", labels: { source: "kafka" } },
    ],
    () => scaleSetByHand(outputs, "kafka", 0),
    () => scaleSetByHand(outputs, "kafka", 1),
  );
});

const druid = (method: "GET" | "POST", path: string, body?: object) =>
  outOfBand(outputs, (apis) => apis.druid(method, path, body));
const supervisor = "/druid/indexer/v1/supervisor/demo";

test("a suspended stream: its lag grows, Kafka deletes what it has not read, and it goes on after reset-offsets", async () => {
  const labels = { stream: "demo" };
  const grows = { alert: "StreamLagGrows", labels };
  const lost = { alert: "StreamOffsetsLost", labels };
  await druid("POST", `${supervisor}/suspend`);
  try {
    await withKafkaClient(outputs, async (kafka) => {
      const producer = kafka.producer({ allowAutoTopicCreation: false });
      await producer.connect();
      const value = JSON.stringify({ timestamp: Date.now(), name: "BTC", data_id: 1 });
      await producer.send({ topic: "demo", messages: Array(1_500).fill({ value }) });
      await producer.disconnect();
      // Five minutes of growth, of which five are looked at.
      await fires(outputs, grows, 900_000);
      const admin = kafka.admin();
      await admin.connect();
      const partitions = (await admin.fetchTopicOffsets("demo")).map(({ partition, high }) => ({
        partition,
        offset: high,
      }));
      await admin.deleteTopicRecords({ topic: "demo", partitions });
      await admin.disconnect();
    });
  } finally {
    await druid("POST", `${supervisor}/resume`);
  }
  // A supervisor that is suspended tells no offsets.
  await fires(outputs, lost, limitMs);
  await mustMake("reset-offsets");
  for (const alert of [grows, lost]) await clears(outputs, alert, 2 * limitMs);
});

test("tasks that fail again and again", async () => {
  const failing = {
    type: "index_parallel",
    spec: {
      dataSchema: {
        dataSource: "failing",
        timestampSpec: { column: "at" },
        dimensionsSpec: { dimensions: [] },
        granularitySpec: { segmentGranularity: "HOUR" },
      },
      ioConfig: {
        type: "index_parallel",
        inputSource: { type: "inline", data: "{" },
        inputFormat: { type: "json" },
      },
      tuningConfig: { type: "index_parallel", maxParseExceptions: 0 },
    },
  };
  const wanted = { alert: "DruidTasksFail", labels: { dataSource: "failing" } };
  for (let task = 0; task < 4; task++) await druid("POST", "/druid/indexer/v1/task", failing);
  await fires(outputs, wanted, limitMs);
  // Failures are counted over ten minutes.
  await clears(outputs, wanted, 900_000);
});

test("task slots that are used up", async () => {
  const [free] = await query(outputs, "sum(druid_taskSlot_idle_count) > 0");
  assert.ok(free);
  const noop = { type: "noop", dataSource: "idle", runTime: 1_800_000 };
  const ids: string[] = [];
  await firesDuring(
    outputs,
    limits,
    [{ alert: "DruidTaskSlotsUsedUp" }],
    async () => {
      for (let task = 0; task < 8; task++) {
        const made = await druid("POST", "/druid/indexer/v1/task", noop);
        ids.push(z.object({ task: z.string() }).parse(made).task);
      }
    },
    async () => {
      for (const id of ids) await druid("POST", `/druid/indexer/v1/task/${id}/shutdown`);
    },
  );
});

test("no Historical: published segments are unavailable", async () => {
  await until("a published segment", async (say) => {
    const segments = await query(outputs, "sum(druid_segment_count) > 0");
    say(`${segments.length} datasources with segments`);
    return segments.length > 0 || undefined;
  });
  await firesDuring(
    outputs,
    limits,
    [
      { alert: "DruidSegmentsUnavailable" },
      { alert: "DruidServiceDown", labels: { service: "druid/historical" } },
    ],
    () => scaleSetByHand(outputs, "druid-historical", 0),
    () => scaleSetByHand(outputs, "druid-historical", 1),
  );
});

test("a segment cache that has little more room than its segments", async () => {
  const used = await numberOf("sum(druid_segment_used)");
  assert.ok(used > 0);
  const cache = [{ path: "/opt/druid/var/segment-cache", maxSize: Math.ceil(used * 1.1) }];
  const small = ["historical:", "  runtimeProperties:"].join("\n");
  await firesDuring(
    outputs,
    limits,
    [{ alert: "DruidSegmentCacheFull" }],
    async () => {
      const property = `    druid.segmentCache.locations: '${JSON.stringify(cache)}'`;
      druidValues.write(druidValues.original.replace("historical:", `${small}\n${property}`));
      await mustMake("up");
    },
    async () => {
      druidValues.putBack();
      await mustMake("up");
    },
  );
});

test("a certificate that runs out in ten days", async () => {
  const authority = await makeAuthority("somebody/else", 30);
  const { certificate } = await makeCertificate(authority, { commonName: "kafka", validDays: 10 });
  await firesDuring(
    outputs,
    limits,
    [{ alert: "CertificateRunsOut", labels: { service: "kafka" } }],
    () => giveExporter((config) => ({ ...config, certificates: { kafka: certificate } })),
    async () => {
      await mustMake("refresh");
      await mustMake("up");
    },
  );
});

/** Gives the exporter another configuration, until `up`. */
async function giveExporter(
  change: (config: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const { namespace } = outputs;
  const apps = (await kubeConfig()).makeApiClient(AppsV1Api);
  const core = await coreApi();
  const deployment = await apps.readNamespacedDeployment({ namespace, name: "exporter" });
  const volumes = deployment.spec?.template.spec?.volumes ?? [];
  const index = volumes.findIndex(({ name }) => name === "config");
  const own = volumes[index]?.configMap?.name ?? assert.fail("no volume config");
  const { data } = await core.readNamespacedConfigMap({ namespace, name: own });
  const config = change(JSON.parse(data?.["exporter.json"] ?? ""));
  const name = "exporter-by-hand";
  await unlessMissing(core.deleteNamespacedConfigMap({ namespace, name }));
  await core.createNamespacedConfigMap({
    namespace,
    body: { metadata: { name }, data: { "exporter.json": JSON.stringify(config) } },
  });
  const path = `/spec/template/spec/volumes/${index}/configMap/name`;
  await apps.patchNamespacedDeployment(
    { namespace, name: "exporter", body: [{ op: "replace", path, value: name }] },
    setHeaderOptions("Content-Type", PatchStrategy.JsonPatch),
  );
}

async function numberOf(expr: string): Promise<number> {
  const [value] = await values(outputs, expr);
  return value ?? Number.NaN;
}

test("what the test changed by hand is as the program says", async () => {
  producerValues.putBack();
  await mustMake("refresh");
  await mustMake("up");
  await mustMake("verify");
});
