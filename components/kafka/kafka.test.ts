import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manifestsOf, registeredBy } from "../../render";
import { field, testNamespace, typesAndNames, values } from "../testing";
import { Kafka } from "./kafka";
import { log4j2Properties, serverProperties } from "./properties";

const kafkaValues = values("dev").kafka;

function kafka(overrides: Partial<typeof kafkaValues> = {}, keepData = false) {
  return registeredBy(() => {
    new Kafka("kafka", {
      namespace: testNamespace(keepData),
      values: { ...kafkaValues, ...overrides },
    });
  }, "test");
}

describe("Kafka", () => {
  it("of one node is a StatefulSet, two Services and a ConfigMap", async () => {
    assert.deepEqual(typesAndNames(await kafka(), "kafka"), [
      "kubernetes:apps/v1:StatefulSet kafka-nodes",
      "kubernetes:core/v1:ConfigMap kafka-config",
      "kubernetes:core/v1:Service kafka-bootstrap",
      "kubernetes:core/v1:Service kafka-headless",
      "realtime-analytics:index:Kafka kafka",
    ]);
  });

  it("of three nodes lets a drain take one at a time, and prefers three machines", async () => {
    const manifests = manifestsOf(await kafka({ replicaCount: 3 }));
    assert.deepEqual(field(manifests, "PodDisruptionBudget", "kafka", "spec"), {
      maxUnavailable: 1,
      selector: {
        matchLabels: {
          "app.kubernetes.io/name": "kafka",
          "app.kubernetes.io/instance": "test",
          "app.kubernetes.io/component": "broker",
        },
      },
    });
    assert.equal(field(manifests, "StatefulSet", "kafka", "spec.replicas"), 3);
    const preferred = "podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution.0";
    assert.equal(
      field(
        manifests,
        "StatefulSet",
        "kafka",
        `spec.template.spec.affinity.${preferred}.podAffinityTerm.topologyKey`,
      ),
      "kubernetes.io/hostname",
    );
  });

  it("of three nodes is started once it is back in sync, of one once it listens", async () => {
    const probe = "spec.template.spec.containers.0.startupProbe";
    const startup = async (replicaCount: number) =>
      JSON.stringify(
        field(manifestsOf(await kafka({ replicaCount })), "StatefulSet", "kafka", probe),
      );
    assert.match(await startup(3), /--describe --under-replicated-partitions/);
    assert.match(await startup(1), /"tcpSocket":\{"port":"kafka"\}/);
  });

  it("formats its volume before it starts, without a shell", async () => {
    const path = "spec.template.spec.initContainers.0.command";
    assert.deepEqual(field(manifestsOf(await kafka()), "StatefulSet", "kafka", path), [
      "java",
      "-XX:TieredStopAtLevel=1",
      "-XX:+UseSerialGC",
      "-Xmx128m",
      "-Dlog4j2.configurationFile=/etc/kafka-config/log4j2.properties",
      "-cp",
      "/opt/kafka/libs/*",
      "kafka.tools.StorageTool",
      "format",
      "--ignore-formatted",
      "--config=/etc/kafka-config/server.properties",
      // Of stack `test`, in each of its lives.
      "--cluster-id=hXjbEnyjI1CamDIZTcL0Pw",
    ]);
  });

  it("gives each node its number and its name from the pod, and a volume of its own", async () => {
    const manifests = manifestsOf(await kafka());
    const env = "spec.template.spec.containers.0.env";
    assert.deepEqual(field(manifests, "StatefulSet", "kafka", env), [
      {
        name: "NODE_ID",
        valueFrom: { fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" } },
      },
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    ]);
    assert.deepEqual(field(manifests, "StatefulSet", "kafka", "spec.volumeClaimTemplates"), [
      {
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } },
      },
    ]);
  });

  it("loses its volumes with it, unless its data is to be kept", async () => {
    const policy = async (keep: boolean) =>
      field(
        manifestsOf(await kafka({}, keep)),
        "StatefulSet",
        "kafka",
        "spec.persistentVolumeClaimRetentionPolicy",
      );
    assert.deepEqual(await policy(false), { whenDeleted: "Delete", whenScaled: "Retain" });
    assert.deepEqual(await policy(true), { whenDeleted: "Retain", whenScaled: "Retain" });
  });
});

describe("server.properties", () => {
  const text = serverProperties(
    {
      ...kafkaValues,
      replicaCount: 3,
      replicationFactor: 3,
      minInSyncReplicas: 2,
      config: { "log.retention.hours": "24", "min.insync.replicas": "1" },
    },
    {
      statefulSet: "kafka",
      domain: "kafka-headless.analytics.svc.cluster.local",
      clientPort: 9092,
      controllerPort: 9093,
      dataDir: "/data",
    },
  );
  const lines = text.split("\n");

  it("names every node as a voter, and the node's own address by its environment", () => {
    const at = "kafka-headless.analytics.svc.cluster.local";
    for (const line of [
      `controller.quorum.voters=0@kafka-0.${at}:9093,1@kafka-1.${at}:9093,2@kafka-2.${at}:9093`,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Kafka's own.
      "node.id=${env:NODE_ID}",
      `advertised.listeners=CLIENT://\${env:POD_NAME}.${at}:9092`,
      "offsets.topic.replication.factor=3",
      "transaction.state.log.min.isr=2",
    ]) {
      assert.ok(lines.includes(line), line);
    }
  });

  it("has the values' own lines last, in place of ours", () => {
    assert.ok(lines.includes("log.retention.hours=24"));
    assert.deepEqual(
      lines.filter((line) => line.startsWith("min.insync.replicas")),
      ["min.insync.replicas=1"],
    );
  });

  it("makes no log of each configuration", () => {
    assert.match(log4j2Properties(), /logger\.config\.level=warn/);
  });
});
