/** What the stack's pods tell Prometheus, asked as Prometheus asks. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fetchAs } from "../../resources/http-login";
import type { StackOutputs } from "../../verify/outputs";
import { coreApi, execInPod } from "../support/kubernetes";
import { outOfBand } from "../support/out-of-band";
import { standUp, until, withKafkaClient, withService } from "../support/stack";

const stream = "demo";
const supervisor = `/druid/indexer/v1/supervisor/${stream}`;
let outputs: StackOutputs;
before(async () => {
  outputs = await standUp();
});

/** What the pods that are annotated to be scraped tell, by pod. */
async function scraped(): Promise<Map<string, string>> {
  const core = await coreApi();
  const { namespace } = outputs;
  const { items } = await core.listNamespacedPod({ namespace });
  const asked = items.map(async ({ metadata, status }) => {
    const annotation = (name: string) => metadata?.annotations?.[`prometheus.io/${name}`] ?? "";
    const isLive = status?.phase === "Running" && metadata?.deletionTimestamp === undefined;
    if (annotation("scrape") !== "true" || !isLive) return [];
    const pod = metadata?.name ?? "";
    const path = annotation("path").slice(1);
    const name = `${pod}:${annotation("port")}`;
    return [[pod, await core.connectGetNamespacedPodProxyWithPath({ name, namespace, path })]];
  });
  return new Map((await Promise.all(asked)).flat() as [string, string][]);
}

/** What the exporter tells. */
async function exported(): Promise<string> {
  const found = [...(await scraped())].find(([pod]) => pod.startsWith("exporter-"));
  return found?.[1] ?? assert.fail("no exporter");
}

/** A sample of a stream's metric. */
function sample(text: string, name: string): number {
  const [, value] =
    new RegExp(`^${name}\\{stream="${stream}"[^}]*\\} (\\S+)$`, "m").exec(text) ?? [];
  return Number(value);
}

/** A consumer group and requests to Superset: the stack has none by itself. */
async function stir(): Promise<void> {
  await withKafkaClient(outputs, async (kafka) => {
    const admin = kafka.admin();
    await admin.connect();
    const partitions = [{ partition: 0, offset: "0" }];
    await admin.setOffsets({ groupId: "administration", topic: stream, partitions });
    await admin.disconnect();
  });
  await withService(outputs, "superset", async (url) => {
    await (await fetchAs(`${url}/login/`)).arrayBuffer();
  });
  await outOfBand(outputs, ({ superset }) => superset("GET", "dashboard/"));
}

test("a suspended supervisor is seen in health, freshness and lag, and so is that it reads again", async () => {
  await until("a stream that is read", async (say) => {
    const text = await exported();
    say(text);
    const isFresh = sample(text, "stream_freshness_seconds") < 60;
    return (isFresh && sample(text, "stream_supervisor_healthy") === 1) || undefined;
  });
  await outOfBand(outputs, ({ druid }) => druid("POST", `${supervisor}/suspend`));
  try {
    await until("a lag that grows", async (say) => {
      const text = await exported();
      const told = {
        lag: sample(text, "stream_lag_events"),
        waits: sample(text, "stream_lag_seconds"),
        age: sample(text, "stream_freshness_seconds"),
        healthy: sample(text, "stream_supervisor_healthy"),
      };
      say(JSON.stringify(told));
      const hasReacted = told.lag >= 4 && told.waits > 10 && told.age > 10 && told.healthy === 0;
      return hasReacted || undefined;
    });
  } finally {
    await outOfBand(outputs, ({ druid }) => druid("POST", `${supervisor}/resume`));
  }
  await until("a stream that is read again", async (say) => {
    const text = await exported();
    const told = ["lag_events", "freshness_seconds", "supervisor_healthy"].map((name) =>
      sample(text, `stream_${name}`),
    );
    say(told.join(", "));
    const [lag = NaN, age = NaN, healthy] = told;
    return (lag < 20 && age < 30 && healthy === 1) || undefined;
  });
});

// After the suspension, by which a task has ended well and published segments.
test("each metric that docs/metrics.md names has a sample", async () => {
  const page = readFileSync(join(__dirname, "../../docs/metrics.md"), "utf8");
  const names = [
    ...page.matchAll(
      /`((?:stream|kafka|druid|superset|producer|certificate|exporter|pg)_[a-zA-Z0-9_]*[a-zA-Z0-9])`/g,
    ),
  ].map(([, name]) => name ?? "");
  assert.ok(names.length > 50, String(names.length));
  await stir();
  await until(
    "a sample of each metric",
    async (say) => {
      const all = [...(await scraped()).values()].join("\n");
      const missing = names.filter((name) => !new RegExp(`^${name}(_bucket)?[{ ]`, "m").test(all));
      say(`missing: ${missing.join(", ")}`);
      return missing.length === 0 || undefined;
    },
    240_000,
  );
  const text = await exported();
  assert.match(text, /^superset_\w+_total \d+$/m);
  assert.match(text, /^superset_up 1$/m);
  assert.match(text, /^kafka_brokers 1$/m);
  assert.match(text, /^certificate_expiry_timestamp_seconds\{service="kafka"\} \d{10}$/m);
});

test("a malformed message is counted by its reason", async () => {
  const counts = (text: string, reason: string) =>
    Number(
      new RegExp(
        `^stream_malformed_events_total\\{stream="${stream}",reason="${reason}"\\} (\\d+)$`,
        "m",
      ).exec(text)?.[1],
    );
  const before = await exported();
  await withKafkaClient(outputs, async (kafka) => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const wrong = JSON.stringify({ timestamp: Date.now(), name: "BTC", data_id: "N/A" });
    await producer.send({ topic: stream, messages: [{ value: "{" }, { value: wrong }] });
    await producer.disconnect();
  });
  await until("the counts of both", async (say) => {
    const text = await exported();
    const grown = ["unparseable", "wrong_value"].map(
      (reason) => counts(text, reason) - counts(before, reason),
    );
    say(grown.join(", "));
    return grown.every((count) => count === 1) || undefined;
  });
});

test("what is told has no secret in it, and the exporter is small", async () => {
  const core = await coreApi();
  const { items } = await core.listNamespacedSecret({ namespace: outputs.namespace });
  const secrets = items
    .flatMap(({ data }) => Object.entries(data ?? {}))
    .filter(([key]) => !/authority|\.crt$/.test(key))
    .map(([, text]) => Buffer.from(text, "base64").toString("utf8"))
    .filter((text) => text.length >= 12);
  assert.ok(secrets.length >= 8, String(secrets.length));
  const told = await scraped();
  assert.equal(told.size, 3, [...told.keys()].join());
  for (const text of told.values()) {
    for (const secret of secrets) assert.ok(!text.includes(secret), "a secret is told");
  }
  const pod = [...told.keys()].find((name) => name.startsWith("exporter-"));
  const script = 'console.log(require("fs").readFileSync("/proc/1/status", "utf8"))';
  const { output } = await execInPod(outputs.namespace, pod ?? "", "exporter", [
    "node",
    "-e",
    script,
  ]);
  // Without the program file itself, whose pages the kernel may drop.
  const kib = Number(/^RssAnon:\s+(\d+) kB$/m.exec(output)?.[1]);
  assert.ok(kib > 0 && kib < 64 * 1024, `${kib} KiB`);
});
