/** Alerts of disks and of several brokers, on a stack with three brokers, each on a small volume of its own. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { StorageV1Api } from "@kubernetes/client-node";
import { clusterDir } from "../../local/paths";
import type { StackOutputs } from "../../verify/outputs";
import { firesDuring } from "../support/alerts";
import { coreApi, kubeConfig, scaleSetByHand, unlessMissing } from "../support/kubernetes";
import { OwnStack } from "../support/own-stack";
import { psql, superuser } from "../support/psql";
import { mustMake, withKafkaClient } from "../support/stack";

const stack = new OwnStack("alerts");
const storageClass = "small-volumes";
const nodes = [0, 1, 2];
const folderOf = (node: number) => join(clusterDir, "small-volumes", String(node));
const sizeMiB = 256;
let outputs: StackOutputs;

/** A file system of its own for each broker: what fills it is not the machine's disk. */
before(async () => {
  process.env.KUBECONFIG = (await mustMake("kubeconfig")).stdout.trim();
  for (const node of nodes) {
    mkdirSync(folderOf(node), { recursive: true });
    const options = `size=${sizeMiB}m,mode=1777`;
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folderOf(node)]);
  }
  const storage = (await kubeConfig()).makeApiClient(StorageV1Api);
  await storage.createStorageClass({
    body: {
      metadata: { name: storageClass },
      provisioner: "kubernetes.io/no-provisioner",
      volumeBindingMode: "WaitForFirstConsumer",
    },
  });
  for (const node of nodes) {
    await (await coreApi()).createPersistentVolume({
      body: {
        metadata: { name: `${storageClass}-${node}` },
        spec: {
          capacity: { storage: `${sizeMiB}Mi` },
          accessModes: ["ReadWriteOnce"],
          storageClassName: storageClass,
          persistentVolumeReclaimPolicy: "Retain",
          hostPath: { path: folderOf(node) },
        },
      },
    });
  }
  stack.declare();
  stack.setConfig("producerMode", "none");
  stack.setValue("kafka", ["replicaCount"], nodes.length);
  stack.setValue("kafka", ["replicationFactor"], nodes.length);
  stack.setValue("kafka", ["persistence"], { size: `${sizeMiB}Mi`, storageClass });
  stack.setValue("postgres", ["persistence", "size"], "100Mi");
  stack.setValue("monitoring", ["prometheus", "persistence", "size"], "1Mi");
  await stack.make("up");
  outputs = await stack.outputs();
});
after(async () => {
  try {
    await stack.make("down");
  } finally {
    stack.forget();
    const core = await coreApi();
    for (const node of nodes) {
      await unlessMissing(core.deletePersistentVolume({ name: `${storageClass}-${node}` }));
      execFileSync("umount", [folderOf(node)]);
      rmSync(folderOf(node), { recursive: true });
    }
    const storage = (await kubeConfig()).makeApiClient(StorageV1Api);
    await unlessMissing(storage.deleteStorageClass({ name: storageClass }));
  }
});

const limits = { fireMs: 300_000, clearMs: 300_000 };

test("a broker is away: partitions with copies are under-replicated, one without is offline", async () => {
  await withKafkaClient(outputs, async (kafka) => {
    const admin = kafka.admin();
    await admin.connect();
    const replicaAssignment = [{ partition: 0, replicas: [2] }];
    await admin.createTopics({ topics: [{ topic: "single", replicaAssignment }] });
    await admin.disconnect();
  });
  await firesDuring(
    outputs,
    limits,
    [
      { alert: "KafkaPartitionUnderReplicated", labels: { topic: "demo" } },
      { alert: "KafkaPartitionOffline", labels: { topic: "single" } },
    ],
    () => scaleSetByHand(outputs, "kafka", 2),
    () => scaleSetByHand(outputs, "kafka", 3),
  );
  await withKafkaClient(outputs, async (kafka) => {
    const admin = kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: ["single"] });
    await admin.disconnect();
  });
});

test("a broker's volume is nearly full", async () => {
  const filler = join(folderOf(1), "filler");
  await firesDuring(
    outputs,
    limits,
    [{ alert: "KafkaDiskFull", labels: { broker: "1" } }],
    () => writeFileSync(filler, Buffer.alloc(sizeMiB * 0.88 * 2 ** 20)),
    () => rmSync(filler),
  );
});

test("PostgreSQL's databases fill its volume", async () => {
  await firesDuring(
    outputs,
    limits,
    [{ alert: "PostgresDiskFull" }],
    () =>
      fill(
        "CREATE UNLOGGED TABLE filler AS SELECT md5(n::text) AS a, md5((n + 1)::text) AS b FROM generate_series(1, 700000) AS n",
      ),
    () => fill("DROP TABLE filler"),
  );
});

async function fill(query: string): Promise<void> {
  const { ok, output } = await psql(outputs, superuser, query);
  assert.ok(ok, output);
}

test("Prometheus fills its volume, and has room on another one", async () => {
  const { namespace } = outputs;
  await firesDuring(
    outputs,
    limits,
    [{ alert: "PrometheusDiskFull" }],
    () => {},
    async () => {
      await scaleSetByHand(outputs, "prometheus", 0);
      const name = "data-prometheus-0";
      await (await coreApi()).deleteNamespacedPersistentVolumeClaim({ namespace, name });
      await scaleSetByHand(outputs, "prometheus", 1);
    },
  );
});
