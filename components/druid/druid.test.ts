import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { manifestsOf, registeredBy } from "../../render";
import { valueAt } from "../../settings/problems";
import { field, testAccount, testNamespace, typesAndNames, values } from "../testing";
import { Druid } from "./druid";
import type { DruidProcess } from "./jvm";
import { runtimeProperties } from "./properties";
import { requireTaskSlots } from "./slots";

const devValues = values("dev").druid;
const localValues = values("local").druid;
const stagingValues = values("staging").druid;
const database = {
  host: "postgres",
  port: 5432,
  name: "druid",
  username: "druid",
  password: pulumi.secret("not-the-password"),
};
const endpoints = {
  clusterName: "druid-test",
  zookeeper: "zookeeper:2181",
  derby: "derby:1527/druid",
  database: { address: "postgres:5432/druid", username: "druid" },
  s3Keys: false,
  users: { store: "stack-1234", internalUsername: "druid_system" },
};

const keys = { accessKeyId: "key", secretAccessKey: pulumi.secret("not-the-secret") };

const druid = (druidValues: typeof devValues, { keepData = false, s3Keys = false } = {}) =>
  registeredBy(() => {
    new Druid("druid", {
      namespace: testNamespace(keepData),
      values: druidValues,
      secretsGeneration: 1,
      kafka: testAccount("druid", true),
      s3Keys: s3Keys ? keys : undefined,
      database: druidValues.metadata.type === "postgresql" ? database : undefined,
    });
  }, "test");

function properties(
  process: DruidProcess,
  druidValues: typeof devValues,
  metricsUrl?: string,
): Map<string, string> {
  return new Map(
    runtimeProperties(process, druidValues, { ...endpoints, ...(metricsUrl && { metricsUrl }) })
      .trimEnd()
      .split("\n")
      .map((line): [string, string] => {
        const at = line.indexOf("=");
        return [line.slice(0, at), line.slice(at + 1)];
      }),
  );
}

describe("Druid's metrics", () => {
  const emitter = (process: DruidProcess, metricsUrl?: string) =>
    Object.fromEntries(
      [...properties(process, devValues, metricsUrl)].filter(([key]) =>
        /^druid\.(emitter|monitoring)/.test(key),
      ),
    );

  it("are told to nobody without a receiver", () => {
    assert.deepEqual(emitter("broker"), { "druid.emitter": "noop" });
  });

  it("are posted from a bounded buffer, for which a process that ends does not wait", () => {
    const found = emitter("coordinator", "http://exporter:9103/druid");
    assert.equal(found["druid.emitter"], "http");
    assert.equal(found["druid.emitter.http.recipientBaseUrl"], "http://exporter:9103/druid");
    const bytes =
      Number(found["druid.emitter.http.maxBatchSize"]) *
      Number(found["druid.emitter.http.batchQueueSizeLimit"]);
    assert.ok(bytes <= 4_000_000, String(bytes));
    assert.ok(Number(found["druid.emitter.http.flushTimeOut"]) <= 2_000);
    assert.match(found["druid.monitoring.monitors"] ?? "", /TaskSlotCountStatsMonitor/);
    assert.doesNotMatch(
      emitter("broker", "http://exporter:9103/druid")["druid.monitoring.monitors"] ?? "",
      /TaskSlot/,
    );
  });
});

describe("Druid's task slots", () => {
  it("must be as many as the tasks that read, or the sum is told", () => {
    const tasks = (total: number) => ({ total, sum: "demo 1 + orders 4" });
    requireTaskSlots(localValues, tasks(4));
    requireTaskSlots(stagingValues, tasks(8));
    assert.throws(
      () => requireTaskSlots(localValues, tasks(5)),
      /by 5 tasks \(demo 1 \+ orders 4\), and Druid has 4 task slots: .* workerCapacity .* to 10:/,
    );
  });
});

describe("Druid", () => {
  it("tells the pods the region of their bucket, with and without an endpoint", async () => {
    for (const endpoint of ["", "https://s3.example.com"]) {
      const s3 = {
        ...devValues.deepStorage.s3,
        bucket: "segments",
        region: "eu-north-1",
        endpoint,
      };
      const manifests = manifestsOf(
        await druid({ ...devValues, deepStorage: { ...devValues.deepStorage, type: "s3", s3 } }),
      );
      const path = "spec.template.spec.containers.0.env";
      const env = field(manifests, "StatefulSet", "druid-historical", path);
      assert.match(JSON.stringify(env), /{"name":"AWS_REGION","value":"eu-north-1"}/);
    }
  });

  it("logs in to Kafka where topics are read, by files of a Secret that no other process has", async () => {
    const manifests = manifestsOf(await druid(localValues));
    const login = z.object({ jaas: z.string(), "authority.pem": z.string() });
    assert.deepEqual(
      login.parse(field(manifests, "Secret", "druid-kafka-login-rendered", "stringData")),
      {
        jaas: 'org.apache.kafka.common.security.scram.ScramLoginModule required username="druid" password="not-the-password";',
        "authority.pem": "the authority",
      },
    );
    const withLogin = manifests
      .filter((one) => JSON.stringify(one).includes('"secretName":"druid-kafka-login-rendered"'))
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    assert.deepEqual(withLogin.sort(), [
      "StatefulSet druid-coordinator",
      "StatefulSet druid-indexer",
    ]);
  });

  it("hands over its tasks before a pod ends, where there is another that the next ones can run on", async () => {
    const path = "spec.template.spec";
    const staging = manifestsOf(await druid(stagingValues));
    const container = field(staging, "StatefulSet", "druid-indexer", `${path}.containers.0`);
    const command = JSON.stringify(valueAt(container, ["lifecycle", "preStop", "exec", "command"]));
    for (const part of [
      "org.mozilla.javascript.tools.shell.Main",
      "/etc/druid/drain-tasks.js",
      "http://localhost:8091",
      "http://druid-router:8888",
      "druid_system",
    ]) {
      assert.ok(command.includes(part), `${part} is not in ${command}`);
    }
    assert.equal(
      field(staging, "StatefulSet", "druid-indexer", `${path}.terminationGracePeriodSeconds`),
      300,
    );
    const single = manifestsOf(await druid(localValues));
    assert.doesNotMatch(JSON.stringify(single), /preStop|drain-tasks.js/);
  });

  it("found by ZooKeeper and with Derby has no account", async () => {
    const parts = ["coordinator", "broker", "historical", "indexer", "router"];
    const stateful = ["coordinator", "historical", "indexer"];
    assert.deepEqual(
      typesAndNames(await druid(localValues), "druid"),
      [
        "kubernetes:apps/v1:StatefulSet druid-zookeeper-server",
        "kubernetes:core/v1:ConfigMap druid-zookeeper-config",
        "kubernetes:core/v1:Secret druid-kafka-login",
        "kubernetes:core/v1:PersistentVolumeClaim druid-deep-storage",
        "kubernetes:core/v1:Secret druid-secret",
        "pulumi-nodejs:dynamic/druid:InternalUser druid-internal-user",
        "pulumi-nodejs:dynamic/druid:User druid-user-admin",
        "random:index/randomPassword:RandomPassword druid-admin-password",
        "random:index/randomPassword:RandomPassword druid-internal-password",
        ...["coordinator", "historical", "zookeeper-server"].map(
          (owner) => `kubernetes:core/v1:PersistentVolumeClaimPatch druid-${owner}-volume-0`,
        ),
        "kubernetes:core/v1:Service druid-headless",
        "kubernetes:core/v1:Service druid-zookeeper-service",
        "realtime-analytics:index:Druid druid",
        "realtime-analytics:index:ZooKeeper druid-zookeeper",
        ...parts.flatMap((part) => [
          `kubernetes:apps/v1:${stateful.includes(part) ? "StatefulSet" : "Deployment"} druid-${part}`,
          `kubernetes:core/v1:ConfigMap druid-${part}-config`,
          `kubernetes:core/v1:Service druid-${part}-service`,
        ]),
      ].sort(),
    );
  });

  it("found by Kubernetes may see pods, label its own and hold its locks, and no more", async () => {
    const broker = { ...devValues.broker, replicaCount: 2 };
    const manifests = manifestsOf(await druid({ ...devValues, broker, discovery: "kubernetes" }));
    const of = (resource: string) => ({ apiGroups: [""], resources: [resource] });
    const pods = ["coordinator-0", "broker-0", "broker-1", "historical-0", "indexer-0", "router-0"];
    const locks = ["coordinator", "overlord"].map((role) => `druid-test-leaderelection-${role}`);
    assert.deepEqual(field(manifests, "Role", "druid", "rules"), [
      { ...of("pods"), verbs: ["get", "list", "watch"] },
      { ...of("pods"), resourceNames: pods.map((pod) => `druid-${pod}`), verbs: ["patch"] },
      { ...of("configmaps"), verbs: ["create"] },
      { ...of("configmaps"), resourceNames: locks, verbs: ["get", "update", "patch"] },
    ]);
    const at = (path: string) =>
      field(manifests, "StatefulSet", "druid-broker", `spec.template.${path}`);
    assert.equal(at("spec.serviceAccountName"), "druid");
    assert.equal(at("spec.automountServiceAccountToken"), true);
  });

  it("found by Kubernetes can add to its pods' annotations, and fits its address into a label", async () => {
    const local = { ...localValues, discovery: "kubernetes" as const };
    const manifests = manifestsOf(await druid(local));
    for (const process of ["coordinator", "broker", "historical", "indexer", "router"]) {
      const at = (path: string) =>
        field(manifests, "StatefulSet", `druid-${process}`, `spec.template.${path}`);
      const annotations = z.record(z.string(), z.string()).parse(at("metadata.annotations"));
      assert.notDeepEqual(annotations, {});
      const command = z.array(z.string()).parse(at("spec.containers.0.command"));
      const address = command.find((word) => word.startsWith("-Ddruid.host="));
      const longest = `druid-${process}-0.druid-headless:8888`;
      assert.equal(address, "-Ddruid.host=$(POD_NAME).druid-headless");
      assert.ok(longest.length <= 63);
    }
  });

  it("with a cloud identity has an account without a token", async () => {
    const annotations = { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/druid" };
    const cloud = {
      ...stagingValues,
      metadata: { type: "derbyServer" as const },
      serviceAccount: { create: true, annotations },
    };
    const manifests = manifestsOf(await druid(cloud));
    assert.deepEqual(
      field(manifests, "ServiceAccount", "druid", "metadata.annotations"),
      annotations,
    );
    const spec = "spec.template.spec";
    const at = (path: string) => field(manifests, "StatefulSet", "druid-historical", path);
    assert.equal(at(`${spec}.serviceAccountName`), "druid");
    assert.equal(at(`${spec}.automountServiceAccountToken`), false);
  });

  it("starts coordinators one after the other where Derby holds the metadata", async () => {
    const derby = { ...stagingValues, metadata: { type: "derbyServer" as const } };
    const manifests = manifestsOf(await druid(derby));
    const policy = (name: string) =>
      field(manifests, "StatefulSet", name, "spec.podManagementPolicy");
    assert.equal(policy("druid-coordinator"), undefined);
    assert.equal(policy("druid-historical"), "Parallel");
  });

  it("keeps pods of a volume that one node mounts together, and no others", async () => {
    const affinity = "spec.template.spec.affinity";
    const one = manifestsOf(await druid(localValues));
    const required = `${affinity}.podAffinity.requiredDuringSchedulingIgnoredDuringExecution.0`;
    for (const name of ["coordinator", "historical", "indexer"]) {
      assert.deepEqual(field(one, "StatefulSet", `druid-${name}`, required), {
        topologyKey: "kubernetes.io/hostname",
        labelSelector: { matchLabels: { "realtime-analytics/deep-storage": "mounted" } },
      });
    }
    assert.equal(field(one, "Deployment", "druid-broker", affinity), undefined);
    const many = { ...localValues.deepStorage, accessMode: "ReadWriteMany" as const };
    const shared = manifestsOf(await druid({ ...localValues, deepStorage: many }));
    assert.equal(field(shared, "StatefulSet", "druid-indexer", affinity), undefined);
  });

  it("gives passwords by the environment, and rolls its pods when it changes", async () => {
    const manifests = manifestsOf(await druid(devValues));
    const template = "spec.template";
    const env = `${template}.spec.containers.0.env`;
    for (const [index, key] of ["DRUID_INTERNAL_PASSWORD", "DRUID_METADATA_PASSWORD"].entries()) {
      assert.deepEqual(field(manifests, "Deployment", "druid-broker", `${env}.${index + 3}`), {
        name: key,
        valueFrom: { secretKeyRef: { name: "druid-secret-rendered", key } },
      });
    }
    const annotation = `${template}.metadata.annotations`;
    assert.match(
      JSON.stringify(field(manifests, "Deployment", "druid-broker", annotation)),
      /"realtime-analytics\/secrets-checksum":"[0-9a-f]{64}"/,
    );
  });
});

describe("Druid's runtime properties", () => {
  it("wait for no lookup, run no JavaScript, and go by HTTP", () => {
    for (const process of ["coordinator", "broker", "historical", "indexer", "router"] as const) {
      const own = properties(process, localValues);
      assert.equal(own.get("druid.lookup.enableLookupSyncOnStartup"), "false");
      assert.equal(own.get("druid.javascript.enabled"), "false");
      assert.equal(own.get("druid.indexer.runner.type"), "httpRemote");
    }
  });

  it("load the extensions that discovery, metadata and deep storage need", () => {
    assert.equal(
      properties("broker", stagingValues).get("druid.extensions.loadList"),
      '["druid-basic-security","druid-datasketches","druid-kafka-indexing-service","druid-s3-extensions","postgresql-metadata-storage"]',
    );
    assert.equal(
      properties("broker", { ...devValues, discovery: "kubernetes" }).get(
        "druid.extensions.loadList",
      ),
      '["druid-basic-security","druid-datasketches","druid-kafka-indexing-service","druid-kubernetes-extensions","postgresql-metadata-storage"]',
    );
    assert.equal(
      properties("broker", localValues).get("druid.extensions.loadList"),
      '["druid-basic-security","druid-datasketches","druid-kafka-indexing-service"]',
    );
  });

  it("never hold the password", () => {
    assert.equal(
      properties("coordinator", devValues).get("druid.metadata.storage.connector.password"),
      '{"type":"environment","variable":"DRUID_METADATA_PASSWORD"}',
    );
  });

  it("fill the Historical's volume but for a twentieth", () => {
    assert.equal(
      properties("historical", localValues).get("druid.segmentCache.locations"),
      '[{"path":"/opt/druid/var/segment-cache","maxSize":5100273664}]',
    );
  });

  it("give a MiddleManager's tasks their JVM's arguments", () => {
    const own = properties("indexer", stagingValues);
    assert.equal(own.get("druid.service"), "druid/middleManager");
    assert.equal(
      own.get("druid.indexer.runner.javaOptsArray"),
      '["-Xss256m","-Djava.util.logging.manager=org.apache.logging.log4j.jul.LogManager","-Dlog4j.configurationFile=/etc/druid/log4j2.xml","-Xmx1g","-XX:MaxDirectMemorySize=512m"]',
    );
    assert.equal(own.get("druid.indexer.fork.property.druid.processing.numThreads"), "1");
  });

  it("find a Derby of its own by its Service, and one inside the coordinator on itself", () => {
    const uri = (druidValues: typeof devValues) =>
      properties("coordinator", druidValues).get("druid.metadata.storage.connector.connectURI");
    assert.equal(uri(values("rehearsal").druid), "jdbc:derby://derby:1527/druid;create=true");
    assert.equal(uri(devValues), "jdbc:postgresql://postgres:5432/druid");
    assert.match(String(uri(localValues)), /^jdbc:derby:\/\/localhost:1527\//);
  });

  it("let a pod that has another beside it answer while it leaves, but not a task", () => {
    const delay = "druid.server.http.unannouncePropagationDelay";
    assert.equal(properties("broker", stagingValues).get(delay), "PT5S");
    assert.equal(properties("broker", devValues).get(delay), undefined);
    assert.equal(properties("indexer", stagingValues).get(delay), undefined);
  });

  it("have the values' own last, the process's over all processes'", () => {
    const own = properties("broker", {
      ...localValues,
      runtimeProperties: { "druid.sql.enable": "false", "druid.emitter": "logging" },
      broker: { ...localValues.broker, runtimeProperties: { "druid.sql.enable": "true" } },
    });
    assert.equal(own.get("druid.sql.enable"), "true");
    assert.equal(own.get("druid.emitter"), "logging");
  });
});
