import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { z } from "zod";
import { bucket } from "../../local/cluster/object-store";
import { errorText } from "../../resources/error-text";
import type { StackOutputs } from "../../verify/outputs";
import { assertOpenByTable } from "../support/connection-table";
import { assertOnceInDruid, Sender } from "../support/marked-events";
import { portOf, runningPods } from "../support/network";
import { askDruid } from "../support/own-stack";
import { endOffset, make, sql, until, withKafkaClient, withService } from "../support/stack";
import {
  idOf,
  isReady,
  logOf,
  nameOf,
  podsOf,
  rehearsal,
  removeObjectStore,
  removeRehearsal,
  standUpRehearsal,
  watch,
  withValues,
} from "../support/staging-cluster";

const topic = "demo";
let outputs: StackOutputs;

before(async () => {
  outputs = await standUpRehearsal();
});
after(removeRehearsal);

async function rowCount(where = "TRUE"): Promise<number> {
  return withService(outputs, "druid", async (url) => {
    const [row] = await sql(url, `SELECT COUNT(*) AS n FROM "demo" WHERE ${where}`);
    return Number(row?.n);
  });
}

async function countsAgree(): Promise<number> {
  return until("as many rows in Druid as messages in Kafka", async (say) => {
    const first = await endOffset(outputs, topic);
    const rows = await rowCount();
    say(`${first} messages, ${rows} rows`);
    return rows === first && first === (await endOffset(outputs, topic)) ? rows : undefined;
  });
}

/** The smallest number of in-sync replicas among the topic's partitions. Undefined while no broker answers. */
async function fewestInSync(kafka: import("kafkajs").Kafka): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return Math.min(...(topics[0]?.partitions ?? []).map(({ isr }) => isr.length));
  } finally {
    await admin.disconnect();
  }
}

test("staging's topology is stood up and proves itself end to end", async () => {
  const run = await make("verify", rehearsal);
  assert.equal(run.exitCode, 0, run.output);
  await withKafkaClient(outputs, async (kafka) => {
    const admin = kafka.admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.disconnect();
    for (const { replicas } of topics[0]?.partitions ?? []) {
      assert.deepEqual([...replicas].sort(), [0, 1, 2]);
    }
  });
  const tasks = await withService(outputs, "druid", (url) =>
    sql(
      url,
      `SELECT DISTINCT "host" FROM sys.tasks WHERE status = 'RUNNING' AND datasource = 'demo'`,
    ),
  );
  assert.equal(tasks.length, 2, `each task has a copy on another pod: ${JSON.stringify(tasks)}`);
});

test("pods reach what the table of connections has, Druid the S3 server too, and strangers nothing", async () => {
  const [objectStore] = await runningPods("object-store");
  assert.ok(objectStore);
  const s3 = portOf(objectStore, 7070);
  const ports = await assertOpenByTable("rehearsal", outputs.namespace, [s3]);
  const tasks = ports.filter(({ port }) => port >= 8100 && port < 8200);
  assert.ok(tasks.length >= 2, "the task and its copy listen");
});

const segments = z.array(
  z.object({ loadSpec: z.object({ type: z.string(), bucket: z.string() }) }),
);

test("published segments are in the bucket, and Historicals load them from there", async () => {
  await withService(outputs, "druid", async (url) => {
    const handoff = "/druid/indexer/v1/supervisor/demo/taskGroups/handoff";
    await askDruid(url, handoff, "POST", { taskGroupIds: [0] });
    const loaded = `SELECT COUNT(*) AS n FROM sys.segments WHERE datasource = 'demo'
      AND is_published = 1 AND is_available = 1 AND is_realtime = 0`;
    await until(
      "a published segment on a Historical",
      async (say) => {
        const [row] = await sql(url, loaded);
        say(`${row?.n} segments`);
        return Number(row?.n) > 0 || undefined;
      },
      300_000,
    );
    const found = segments.parse(
      await askDruid(url, "/druid/coordinator/v1/metadata/segments?datasources=demo"),
    );
    const places = new Set(found.map(({ loadSpec }) => `${loadSpec.type} ${loadSpec.bucket}`));
    assert.deepEqual([...places], [`s3_zip ${bucket}`]);
  });
});

test("each broker is restarted while two producers send, and each acknowledged event is a row, once", async (t) => {
  const old = (await podsOf(outputs, "kafka")).map(idOf);
  assert.equal(old.length, 3);

  const sent = await withKafkaClient(outputs, async (kafka) => {
    const sender = await Sender.start(outputs, 20);
    let mostDown = 0;
    let fewest = Number.POSITIVE_INFINITY;
    const pods = watch(async () => {
      const ready = (await podsOf(outputs, "kafka")).filter(isReady).length;
      mostDown = Math.max(mostDown, 3 - ready);
    }, 200);
    const replicas = watch(async () => {
      // A failed request tells nothing about the replicas.
      fewest = Math.min(fewest, await fewestInSync(kafka).catch(() => fewest));
    }, 200);
    const change = await withValues("kafka", "config: { message.max.bytes: 1048580 }", () =>
      make("up", rehearsal),
    );
    await Promise.all([pods.stop(), replicas.stop()]);
    const marks = await sender.stop();
    assert.equal(change.exitCode, 0, change.output);
    t.diagnostic(
      `${marks.length} events acknowledged, longest gap ${sender.longestGapMs} ms; ` +
        `at most ${mostDown} broker down, at least ${fewest} replicas in sync`,
    );
    assert.equal(mostDown, 1, "brokers down at a time");
    assert.ok(fewest >= 2, `only ${fewest} replicas were in sync`);
    return marks;
  });

  const now = (await podsOf(outputs, "kafka")).map(idOf);
  assert.deepEqual(
    now.filter((id) => old.includes(id)),
    [],
    "brokers that were not restarted",
  );
  assert.ok(sent.length > 100, `only ${sent.length} events were sent`);
  await assertOnceInDruid(outputs, sent);
  await countsAgree();
});

test("the stack's own producer has lost none of what it made either", async () => {
  const [pod] = await podsOf(outputs, "producer");
  assert.ok(pod);
  const rows = await until("a row for each message that the producer made", async (say) => {
    const made = [...(await logOf(outputs, pod)).matchAll(/Producing message @ (\S+) /g)];
    // Events carry whole seconds.
    const since = Math.floor(Date.parse(made[0]?.[1] ?? "") / 1000) * 1000;
    const found = await rowCount(`probe_id IS NULL AND __time >= MILLIS_TO_TIMESTAMP(${since})`);
    say(`${made.length} messages in the log of ${nameOf(pod)}, ${found} rows`);
    return made.length === found ? found : undefined;
  });
  assert.ok(rows > 100, `only ${rows} rows`);
});

test("each query is answered in full while each of Druid's services is restarted, one after the other", async (t) => {
  const old = (await podsOf(outputs, "druid")).map(idOf);
  let asked = 0;
  let highest = 0;
  const failures: string[] = [];
  const fewer: string[] = [];
  const queries = watch(async () => {
    asked += 1;
    try {
      const rows = await rowCount();
      if (rows < highest) fewer.push(`${rows} after ${highest}`);
      highest = Math.max(highest, rows);
    } catch (error) {
      failures.push(errorText(error));
    }
  }, 250);
  const change = await withValues(
    "druid",
    'runtimeProperties: { druid.startup.logging.maskProperties: "[]" }',
    () => make("up", rehearsal),
  );
  await queries.stop();
  assert.equal(change.exitCode, 0, change.output);
  const updated = [...change.output.matchAll(/ druid-(\w+) updated /g)].map(([, name]) => name);
  t.diagnostic(`updated: ${updated}`);
  t.diagnostic(`${asked} queries, ${failures.length} failed, ${fewer.length} with fewer rows`);
  for (const failure of [...new Set(failures)].slice(0, 5)) t.diagnostic(failure);
  for (const line of fewer.slice(0, 5)) t.diagnostic(line);
  assert.deepEqual(failures, []);
  assert.deepEqual(fewer, []);
  const now = (await podsOf(outputs, "druid")).map(idOf);
  assert.equal(now.length, 10);
  assert.deepEqual(
    now.filter((id) => old.includes(id)),
    [],
  );
  await countsAgree();
});

test("down leaves nothing of it", async () => {
  await removeObjectStore();
  const run = await make("down", rehearsal);
  assert.equal(run.exitCode, 0, run.output);
  assert.match(run.output, /no namespace analytics-rehearsal, no volume/);
});
