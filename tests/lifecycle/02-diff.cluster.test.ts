/**
 * What a change of the program does: `make preview` shows it with both values, and `make up` does what the preview said.
 * A change of config restarts pods and keeps StatefulSets and volumes. A change that would lose data is refused or
 * announced.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as k8s from "@kubernetes/client-node";
import type { StackOutputs } from "../../verify/outputs";
import { listChanges, permitDeletion, takeBackPermission } from "../support/delete-data";
import { EditedFile } from "../support/edited-file";
import { coreApi, kubeConfig } from "../support/kubernetes";
import { outOfBand } from "../support/out-of-band";
import {
  parcelsResources,
  removeParcels,
  requireNoParcels,
  writeParcels,
} from "../support/parcels";
import { changes, details } from "../support/run-output";
import {
  endOffset,
  make,
  mustMake,
  standUp,
  testStack,
  until,
  withKafkaClient,
} from "../support/stack";

const root = join(__dirname, "../..");
const kafkaValues = new EditedFile("charts-values/kafka.local.yaml");
const druidValues = new EditedFile("charts-values/druid.local.yaml");
const unborn = `${testStack}-unborn`;
const unbornFile = join(root, `Pulumi.${unborn}.yaml`);

let outputs: StackOutputs;
before(async () => {
  requireNoParcels();
  outputs = await standUp();
});
after(() => {
  kafkaValues.putBack();
  druidValues.putBack();
  removeParcels();
  takeBackPermission();
  rmSync(unbornFile, { force: true });
});

/** The UIDs of all StatefulSets and volume claims, and of the pods of two StatefulSets. */
async function uids() {
  const namespace = { namespace: outputs.namespace };
  const core = await coreApi();
  const sets = await (await kubeConfig())
    .makeApiClient(k8s.AppsV1Api)
    .listNamespacedStatefulSet(namespace);
  const claims = await core.listNamespacedPersistentVolumeClaim(namespace);
  const pods = await core.listNamespacedPod(namespace);
  const byName = (items: { metadata?: k8s.V1ObjectMeta }[]) =>
    Object.fromEntries(items.map(({ metadata }) => [metadata?.name, metadata?.uid]).sort());
  return {
    kept: { sets: byName(sets.items), claims: byName(claims.items) },
    pods: byName(
      pods.items.filter(({ metadata }) => /^(kafka|druid-\w+)-\d$/.test(metadata?.name ?? "")),
    ),
  };
}

/** How many specs the supervisor has had, and its tasks so far. */
function ingestion(datasource: string) {
  return outOfBand(outputs, async ({ druid }) => {
    const history = await druid("GET", `/druid/indexer/v1/supervisor/${datasource}/history`);
    const tasks = await druid("GET", `/druid/indexer/v1/tasks?datasource=${datasource}`);
    return {
      specs: (history as unknown[]).length,
      tasks: (tasks as { id: string; type: string }[])
        .filter(({ type }) => type === "index_kafka")
        .map(({ id }) => id),
    };
  });
}

async function send(topic: string): Promise<void> {
  await withKafkaClient(outputs, async (kafka) => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const value = JSON.stringify({ at: Date.now(), weight: 1 });
    await producer.send({ topic, messages: [{ value }] });
    await producer.disconnect();
  });
}

test("a stack that does not exist yet is previewed whole, whatever is not known of it", async () => {
  const text = readFileSync(join(root, `Pulumi.${testStack}.yaml`), "utf8");
  writeFileSync(unbornFile, text.replace(/^( +namespace: ).*/m, "$1unborn"));
  const preview = await mustMake("preview", { STACK: unborn });
  rmSync(unbornFile);
  const shown = details(preview.output);
  const others = Object.entries(shown).filter(([, [sign]]) => sign !== "+");
  assert.deepEqual(others, [], preview.output);
  for (const name of ["kafka-nodes", "demo-ingestion", "services-database", "demo-dashboard"]) {
    assert.ok(name in shown, `${name} is not in the preview:\n${preview.output}`);
  }
});

test("a stream that does not exist yet is previewed as its resources, and made as previewed", async () => {
  writeParcels();
  const preview = await mustMake("preview");
  const shown = details(preview.output);
  const others = new Set(listChanges.map((change) => change.replace(/^\S+ /, "")));
  const named = [...parcelsResources, ...others].sort();
  assert.deepEqual(Object.keys(shown).sort(), named, preview.output);
  const up = await mustMake("up");
  assert.deepEqual(
    changes(up.output),
    [...parcelsResources.map((name) => `+ ${name}`), ...listChanges].sort(),
    up.output,
  );
});

test("config rolls pods and keeps volumes, more partitions are added in place, a changed spec restarts its tasks once", async () => {
  await send("parcels");
  const uidsBefore = await uids();
  const parcelsBefore = await until("the first task of parcels", async () => {
    const found = await ingestion("parcels");
    return found.tasks.length === 1 ? found : undefined;
  });
  const demoBefore = await ingestion("demo");

  writeParcels({ topic: { partitions: 2 }, ingestion: { taskDuration: "PT30M" } });
  kafkaValues.write(`${kafkaValues.original}config:\n  log.cleaner.backoff.ms: 15001\n`);
  druidValues.write(
    druidValues.original.replace(
      /^historical:\n/m,
      "$&  runtimeProperties:\n    druid.server.http.numThreads: 21\n",
    ),
  );
  const preview = await mustMake("preview");
  const shown = details(preview.output);
  assert.deepEqual(shown["parcels-topic"], ["~ partitions: 1 => 2"]);
  const [taskDuration, topicId, topicPartitions] = shown["parcels-ingestion"] ?? [];
  assert.equal(taskDuration, '~ spec.spec.ioConfig.taskDuration: "PT1H" => "PT30M"');
  // The outputs of the topic's update are unknown before the update.
  assert.match(topicId ?? "", /^~ topicId: "[-0-9a-f]+" => \[unknown\]$/);
  assert.equal(topicPartitions, "~ topicPartitions: 1 => 2");
  for (const name of ["kafka-nodes", "druid-historical"]) {
    const [first] = shown[name] ?? [];
    assert.ok(first?.startsWith("~ "), `${name} is not updated in place:\n${preview.output}`);
  }

  await mustMake("up");

  const uidsAfter = await uids();
  assert.deepEqual(uidsAfter.kept, uidsBefore.kept);
  const rolled = Object.keys(uidsAfter.pods).filter(
    (name) => uidsAfter.pods[name] !== uidsBefore.pods[name],
  );
  assert.deepEqual(rolled, ["druid-historical-0", "kafka-0"]);
  assert.equal(await endOffset(outputs, "parcels"), 1, "the topic has lost its message");
  const parcelsAfter = await ingestion("parcels");
  assert.equal(parcelsAfter.specs, parcelsBefore.specs + 1);
  assert.equal(parcelsAfter.tasks.length, 2, `${parcelsAfter.tasks}`);
  assert.equal((await ingestion("demo")).specs, demoBefore.specs, "an unchanged spec was sent");
});

test("fewer partitions and another replication factor are refused by the preview, with the reasons", async () => {
  writeParcels({
    topic: { partitions: 1, replicationFactor: 2 },
    ingestion: { taskDuration: "PT30M" },
  });
  const preview = await make("preview");
  assert.notEqual(preview.exitCode, 0, preview.output);
  assert.match(
    preview.output,
    /property partitions value \{1\} has a problem: topic parcels has 2 partitions and can't go down to 1: Kafka cannot remove/,
  );
  assert.match(
    preview.output,
    /property replicationFactor value \{2\} has a problem: topic parcels has replication factor 1 and can't change to 2 in place/,
  );
});

test("a renamed topic and a renamed datasource are refused, and with permission replaced, as preview and up say", async () => {
  writeParcels({
    topic: { name: "parcels2", partitions: 2 },
    ingestion: { datasource: "parcels2", taskDuration: "PT30M" },
  });
  kafkaValues.putBack();
  druidValues.putBack();
  const before = await uids();
  const refused = await make("preview");
  assert.notEqual(refused.exitCode, 0, refused.output);
  assert.match(refused.output, /no stream declares topic parcels \(1 message\)/);
  permitDeletion("topic/parcels", "datasource/parcels");
  const preview = await mustMake("preview");
  const shown = details(preview.output);
  const [ofTopic, ...topicFields] = shown["parcels-topic"] ?? [];
  assert.equal(ofTopic, "+-");
  assert.ok(topicFields.includes('~ topicName: "parcels" => "parcels2"'), preview.output);
  const [sign, ...fields] = shown["parcels-ingestion"] ?? [];
  assert.equal(sign, "+-");
  assert.ok(fields.includes('~ datasource: "parcels" => "parcels2"'), preview.output);
  const up = await mustMake("up");
  for (const { output } of [preview, up]) {
    assert.match(output, /warning: topic parcels is replaced by parcels2.*messages.* are deleted/);
    assert.match(output, /warning: datasource parcels is replaced by parcels2.*rows.* are deleted/);
  }
  assert.deepEqual((await uids()).kept, before.kept);
  await outOfBand(outputs, async ({ kafka, druid }) => {
    const topics = await kafka.listTopics();
    assert.deepEqual(
      topics.filter((name) => name.startsWith("parcels")),
      ["parcels2"],
    );
    const supervisors = (await druid("GET", "/druid/indexer/v1/supervisor")) as string[];
    assert.deepEqual(supervisors.sort(), ["demo", "parcels2"]);
  });
});

test("without its file the stream goes, and nothing else; nothing was in it, so that it needs no permission", async () => {
  takeBackPermission();
  removeParcels();
  const up = await mustMake("up");
  assert.deepEqual(
    changes(up.output),
    [...parcelsResources.map((name) => `- ${name}`), ...listChanges].sort(),
    up.output,
  );
  assert.ok(!existsSync(unbornFile));
});
