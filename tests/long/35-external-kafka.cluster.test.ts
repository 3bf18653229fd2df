/** A stack on a Kafka by SASL_SSL outside of its cluster: one topic is only read, the demo's is sent to by a pod. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type ExternalKafka, startExternalKafka } from "../../components/kafka/external-testing";
import { nodeAddress } from "../../local/paths";
import { withKafka } from "../../resources/connection";
import { getTopic, withAdmin } from "../../resources/kafka/api";
import { OwnStack, root } from "../support/own-stack";
import { make, sql, until, withService } from "../support/stack";

const stack = new OwnStack("external-kafka");
const file = join(root, "pipelines", "visits.ts");
const stream = `import { count, defineStream, dimension, timestamp } from "./declare";

export const visits = defineStream({
  name: "visits",
  topic: { name: "visits.v1", managed: false },
  event: { at: timestamp(), page: dimension.string() },
  metrics: { visits: count() },
  dashboard: {
    title: "Visits",
    rows: [[{ key: "visits", kind: "big-number", title: "Visits", metric: "visits", width: 4 }]],
  },
});
`;
const visits = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) =>
    JSON.stringify({ at: Date.now(), page: `page-${(from + n) % 3}` }),
  );
let kafka: ExternalKafka;

before(async () => {
  assert.ok(!existsSync(file), `${file} is in the way: the test writes it`);
  assert.match(
    execFileSync("ip", ["route", "get", nodeAddress], { encoding: "utf8", timeout: 10_000 }),
    /^local /,
  );
  kafka = await startExternalKafka(nodeAddress);
  await kafka.administer(async (admin) => {
    const topics = [{ topic: "visits.v1", numPartitions: 2 }, { topic: "demo" }];
    await admin.createTopics({ topics, waitForLeaders: true });
  });
  await kafka.permit("reader", "visits.v1", ["READ", "DESCRIBE"]);
  await kafka.permit("reader", "demo", ["READ", "WRITE", "DESCRIBE", "ALTER"]);
  await kafka.permit("reader", "demo", ["DESCRIBE_CONFIGS", "ALTER_CONFIGS"]);
  await kafka.permitGroups("reader", "realtime-analytics-read-");
  await kafka.send("visits.v1", visits(0, 30));
  writeFileSync(file, stream);
  stack.declare();
  stack.setValue("kafka", ["external"], {
    brokers: [kafka.broker.address],
    sasl: { mechanism: "scram-sha-512", username: "reader" },
    tls: { enabled: true, authority: kafka.authority },
  });
  setPassword(kafka.passwordOf("reader"));
});
after(async () => {
  try {
    if (existsSync(file)) await stack.make("down");
  } finally {
    rmSync(file, { force: true });
    stack.forget();
    await kafka?.broker.remove();
  }
});

function setPassword(input: string): void {
  execFileSync("scripts/pulumi", ["config", "set", "--secret", "kafkaPassword"], {
    cwd: root,
    env: { ...process.env, STACK: stack.name },
    input,
    stdio: ["pipe", "inherit", "inherit"],
    timeout: 60_000,
  });
}

/** All that Kafka tells of a topic: id, partitions, configuration, offsets. */
async function lookAt(name: string): Promise<object> {
  const topic = await withKafka(kafka.connectAs("owner"), (config) =>
    withAdmin(config, (admin) => getTopic(config, admin, name)),
  );
  return { topic, offsets: await kafka.administer((admin) => admin.fetchTopicOffsets(name)) };
}

async function awaitVisits(expected: number): Promise<void> {
  const outputs = await stack.outputs();
  await withService(outputs, "druid", (url) =>
    until(`${expected} visits in Druid`, async (say) => {
      const found = await sql(url, 'SELECT COUNT(*) AS n FROM "visits"').catch(String);
      say(JSON.stringify(found));
      return JSON.stringify(found) === JSON.stringify([{ n: expected }]) || undefined;
    }),
  );
}

test("a wrong password is refused before anything is made, and is not told", async () => {
  setPassword("a-wrong-password");
  const run = await make("up", { STACK: stack.name });
  assert.notEqual(run.exitCode, 0, run.output);
  assert.match(
    run.output,
    /Kafka at 10\.250\.0\.1:\d+ refuses user reader by SASL scram-sha-512: .*\n.*kafkaPassword/,
  );
  assert.doesNotMatch(run.output, /a-wrong-password/);
  assert.doesNotMatch(run.output, / created \(/);
  setPassword(kafka.passwordOf("reader"));
});

test("the stack comes up without a Kafka of its own, and verify proves both streams", async () => {
  const { output } = await stack.make("up");
  assert.doesNotMatch(output, /password-of/);
  await awaitVisits(30);
  const pods = Object.keys(await stack.pods());
  assert.deepEqual(
    pods.filter((pod) => pod.startsWith("kafka")),
    [],
  );
  assert.ok(pods.some((pod) => pod.startsWith("producer-demo")));
  const verified = await stack.make("verify");
  assert.match(verified.output, /Stream demo: every link holds/);
  assert.match(verified.output, /not tried: the topic is only read, and nothing was sent to it/);
});

test("what others send later becomes rows", async () => {
  await kafka.send("visits.v1", visits(30, 50));
  await awaitVisits(50);
});

test("a topic that is gone from the declaration, or hidden, is told by preview; what runs goes on", async () => {
  writeFileSync(file, stream.replace("visits.v1", "visits.v2"));
  const run = await make("preview", { STACK: stack.name });
  assert.notEqual(run.exitCode, 0, run.output);
  assert.match(
    run.output,
    /Stream "visits": Kafka at \S+ lets user reader see no topic visits\.v2/,
  );
  writeFileSync(file, stream);
  await kafka.send("visits.v1", visits(50, 60));
  await awaitVisits(60);
});

test("a destroy leaves the topic that was only read as it was, and deletes no other", async () => {
  const before = await lookAt("visits.v1");
  await stack.make("down");
  assert.deepEqual(await lookAt("visits.v1"), before);
  const topics = await kafka.administer((admin) => admin.listTopics());
  assert.ok(topics.includes("demo"), topics.join(", "));
});
