import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { manifestsOf, registeredBy } from "../../render";
import { valueAt } from "../../settings/problems";
import { field, kafkaArgs, testNamespace, typesAndNames, values } from "../testing";
import { Kafka } from "./kafka";
import { log4j2Properties, securityProperties, serverProperties } from "./properties";

const kafkaValues = values("dev").kafka;

function kafka(overrides: Partial<typeof kafkaValues> = {}, keepData = false) {
  return registeredBy(() => {
    new Kafka("kafka", kafkaArgs({ ...kafkaValues, ...overrides }, testNamespace(keepData)));
  }, "test");
}

describe("Kafka", () => {
  it("of one node is a StatefulSet with a volume, and has an administrator who may do everything", async () => {
    assert.deepEqual(typesAndNames(await kafka(), "kafka"), [
      "kubernetes:apps/v1:StatefulSet kafka-nodes",
      "kubernetes:core/v1:ConfigMap kafka-config",
      "kubernetes:core/v1:PersistentVolumeClaimPatch kafka-broker-volume-0",
      "kubernetes:core/v1:Secret kafka-node-certificate-files",
      "kubernetes:core/v1:Service kafka-bootstrap",
      "kubernetes:core/v1:Service kafka-headless",
      "pulumi-nodejs:dynamic/kafka:Acl kafka-administrator-cluster-access",
      "pulumi-nodejs:dynamic/kafka:Acl kafka-administrator-group-access",
      "pulumi-nodejs:dynamic/kafka:Acl kafka-administrator-topic-access",
      "pulumi-nodejs:dynamic/kafka:Acl kafka-administrator-transactionalId-access",
      "pulumi-nodejs:dynamic/kafka:User kafka-administrator",
      "pulumi-nodejs:dynamic/tls:Certificate kafka-administrator-certificate",
      "pulumi-nodejs:dynamic/tls:Certificate kafka-node-certificate",
      "random:index/randomPassword:RandomPassword kafka-administrator-password",
      "realtime-analytics:index:Kafka kafka",
    ]);
  });

  it("reaches its brokers as their administrator, in whatever generation of its users", async () => {
    for (const [generation, username] of [
      [1, "administrator"],
      [2, "administrator-2"],
    ] as const) {
      const registered = await registeredBy(() => {
        const args = kafkaArgs(kafkaValues, testNamespace(false, undefined, "kind"));
        new Kafka("kafka", { ...args, secretsGeneration: generation });
      }, "test");
      const user = registered.find(({ type }) => type.endsWith("kafka:User"))?.inputs;
      assert.equal(user?.username, username);
      assert.deepEqual(valueAt(user, ["connection", "kubernetes"]), {
        context: "kind",
        namespace: "analytics",
        service: "kafka",
        port: 9091,
      });
    }
  });

  it("gives the volume of each node that there is the size of the values", async () => {
    const persistence = { ...kafkaValues.persistence, size: "7Gi" };
    const registered = await kafka({ replicaCount: 3, persistence });
    const patches = registered.filter(({ type }) => type.endsWith(":PersistentVolumeClaimPatch"));
    assert.deepEqual(
      patches.map(({ inputs }) => [valueAt(inputs, ["metadata", "name"]), inputs.spec]),
      [0, 1, 2].map((index) => [
        `data-kafka-${index}`,
        { resources: { requests: { storage: "7Gi" } } },
      ]),
    );
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

  it("formats its volume before it starts", async () => {
    const path = "spec.template.spec.initContainers.0.command";
    const command = z
      .array(z.string())
      .parse(field(manifestsOf(await kafka()), "StatefulSet", "kafka", path));
    assert.deepEqual(command.slice(4), [
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

  it("keeps its logs apart from what is in a volume's root, unless they are there already", async () => {
    const pod = "spec.template.spec";
    const manifests = manifestsOf(await kafka());
    const volume = mkdtempSync(join(tmpdir(), "kafka-volume-"));
    try {
      for (const container of [`${pod}.initContainers.0`, `${pod}.containers.0`]) {
        const logDir = () => {
          const [shell = "", ...args] = z
            .array(z.string())
            .parse(field(manifests, "StatefulSet", "kafka", `${container}.command`))
            .slice(0, 4)
            .map((word) => word.replaceAll("/var/lib/kafka/data", volume));
          return execFileSync(shell, [...args, "sh", "-c", "echo $LOG_DIR"])
            .toString()
            .trim();
        };
        assert.equal(logDir(), join(volume, "logs"));
        writeFileSync(join(volume, "meta.properties"), "");
        assert.equal(logDir(), volume);
        rmSync(join(volume, "meta.properties"));
      }
    } finally {
      rmSync(volume, { recursive: true });
    }
  });

  it("takes the StorageClass of its values, or else the stack's", async () => {
    const claimed = async (storageClass: string) => {
      const persistence = { ...kafkaValues.persistence, storageClass };
      const registered = await registeredBy(() => {
        const namespace = testNamespace(false, "of-the-stack");
        new Kafka("kafka", kafkaArgs({ ...kafkaValues, persistence }, namespace));
      }, "test");
      const path = "spec.volumeClaimTemplates.0.spec.storageClassName";
      return field(manifestsOf(registered), "StatefulSet", "kafka", path);
    };
    assert.equal(await claimed("own"), "own");
    assert.equal(await claimed(""), "of-the-stack");
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
  const address = {
    statefulSet: "kafka",
    domain: "kafka-headless.analytics.svc.cluster.local",
    clientPort: 9092,
    replicationPort: 9091,
    controllerPort: 9093,
  };
  const text = serverProperties(
    {
      ...kafkaValues,
      replicaCount: 3,
      replicationFactor: 3,
      minInSyncReplicas: 2,
      config: { "log.retention.hours": "24", "min.insync.replicas": "1" },
    },
    address,
    "/etc/kafka-certificate",
  );
  const lines = text.split("\n");

  it("names every node as a voter, and the node's own address by its environment", () => {
    const at = "kafka-headless.analytics.svc.cluster.local";
    for (const line of [
      `controller.quorum.voters=0@kafka-0.${at}:9093,1@kafka-1.${at}:9093,2@kafka-2.${at}:9093`,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Kafka's own.
      "node.id=${env:NODE_ID}",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Kafka's own.
      "log.dirs=${env:LOG_DIR}",
      `advertised.listeners=CLIENT://\${env:POD_NAME}.${at}:9092,REPLICATION://\${env:POD_NAME}.${at}:9091`,
      "offsets.topic.replication.factor=3",
      "transaction.state.log.min.isr=2",
    ]) {
      assert.ok(lines.includes(line), line);
    }
  });

  it("lets nobody in without a certificate or a password, whether clients use TLS or not", () => {
    for (const line of [
      "listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,REPLICATION:SSL,CONTROLLER:SSL",
      "listener.name.replication.ssl.client.auth=required",
      "listener.name.controller.ssl.client.auth=required",
      "listener.name.client.sasl.enabled.mechanisms=SCRAM-SHA-512",
      "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      "super.users=User:CN=kafka;User:CN=administrator",
    ]) {
      assert.ok(lines.includes(line), line);
    }
    assert.equal(
      securityProperties("/tls", true)["listener.security.protocol.map"],
      "CLIENT:SASL_SSL,REPLICATION:SSL,CONTROLLER:SSL",
    );
  });

  it("has the values' own lines last, in place of ours", () => {
    assert.ok(lines.includes("log.retention.hours=24"));
    assert.deepEqual(
      lines.filter((line) => line.startsWith("min.insync.replicas")),
      ["min.insync.replicas=1"],
    );
  });

  it("gives the log cleaner a buffer that fits into the heap", () => {
    const buffer = (maxHeap: string) => {
      const own = { ...kafkaValues, jvm: { ...kafkaValues.jvm, maxHeap } };
      const of = serverProperties(own, address, "/etc/kafka-certificate");
      return of.match(/^log\.cleaner\.dedupe\.buffer\.size=(\d+)$/m)?.[1];
    };
    assert.deepEqual(["256m", "2g"].map(buffer), ["33554432", "134217728"]);
  });

  it("makes no log of each configuration", () => {
    assert.match(log4j2Properties(), /logger\.config\.level=warn/);
  });
});
