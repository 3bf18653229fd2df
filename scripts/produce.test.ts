import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { Kafka, logLevel } from "kafkajs";
import { startClosedBroker } from "../components/kafka/testing";
import { discoverStreams } from "../pipelines";
import { senderSpec } from "../pipelines/derive/sender";
import { prices, shop } from "../pipelines/testing/streams";
import { whyNoBroker } from "../producer/testing/kafka-broker";
import { openKafka, withKafka } from "../resources/connection";
import { aclProvider } from "../resources/kafka/acl";
import { setPassword } from "../resources/kafka/scram";
import { FakeApiServer } from "../resources/testing/fake-api-server";
import { chooseSpec, takeOption } from "./produce";

test("the stream is the one that is named, or the only one that declares a producer", () => {
  const silent = { ...prices, name: "silent", producer: undefined };
  assert.equal(chooseSpec([silent, prices, shop], "web-shop").name, "web-shop");
  assert.equal(chooseSpec([silent, prices], undefined).name, "prices");
  const refused = (streams: Parameters<typeof chooseSpec>[0], name?: string) => {
    try {
      return chooseSpec(streams, name).name;
    } catch (error) {
      return String(error);
    }
  };
  assert.match(refused([silent, prices, shop]), /declares `producer` \(prices, web-shop\)$/);
  assert.match(refused([silent, prices], "silent"), /\(prices\), is "silent"$/);
  assert.match(refused([]), /\(there is none\)$/);
});

test("an option is taken out of the command line in both of its forms", () => {
  const args = ["--rate", "10", "--stream", "demo", "--count", "1"];
  const rest = ["--rate", "10", "--count", "1"];
  assert.deepEqual(takeOption(args, "stream"), { value: "demo", rest });
  const joined = ["--rate", "10", "--stream=demo", "--count", "1"];
  assert.deepEqual(takeOption(joined, "stream"), { value: "demo", rest });
  assert.deepEqual(takeOption(rest, "stream"), { rest });
});

const [spec] = discoverStreams().flatMap((stream) => senderSpec(stream) ?? []);

test("events reach a Kafka that is closed to strangers, and whose broker has a name of the cluster alone, through a port-forward", {
  skip: whyNoBroker() ?? (spec === undefined && "no stream of pipelines/ declares a producer"),
  timeout: 180_000,
}, async (t) => {
  assert.ok(spec);
  const folder = mkdtempSync(join(tmpdir(), "produce-"));
  const closed = await startClosedBroker("kafka-0.kafka-headless");
  const { broker, authority } = closed;
  const api = new FakeApiServer({ name: "kafka", port: 9092 });
  t.after(async () => {
    api.stop();
    await broker.remove();
    rmSync(folder, { recursive: true });
  });
  api.pods = [{ name: "kafka-0", ready: true, localPort: broker.port }];
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, await api.start());
  const service = { service: "kafka", port: 9092 };
  const outputs = {
    namespace: "analytics",
    services: {
      kafka: { ...service, tls: true },
      ...{ druid: service, coordinator: service, superset: service },
    },
    kafkaUsername: "administrator",
    kafkaPassword: "the password of a test",
    certificateAuthority: authority.certificate,
    supersetUsername: "admin",
    supersetPassword: "[secret]",
    pipelines: {},
  };
  writeFileSync(join(folder, "outputs.json"), JSON.stringify(outputs));

  process.env.KUBECONFIG = kubeconfig;
  const { tls } = closed.administration;
  api.pods = [{ name: "kafka-0", ready: true, localPort: broker.replicationPort }];
  const connection = { kubernetes: { namespace: "analytics", ...service }, tls };
  await withKafka(connection, (config) =>
    setPassword(config, outputs.kafkaUsername, outputs.kafkaPassword),
  );
  const open = await openKafka(connection);
  const admin = new Kafka({ ...open.config, logLevel: logLevel.NOTHING }).admin();
  t.after(async () => {
    await admin.disconnect();
    await open.close();
  });
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: spec.topic }], waitForLeaders: true });
  await aclProvider.create({
    connection,
    username: outputs.kafkaUsername,
    resource: { type: "topic", name: spec.topic },
    operations: ["ALL"],
  });
  api.pods = [{ name: "kafka-0", ready: true, localPort: broker.port }];
  const { stdout } = await promisify(execFile)("node", [
    ...["--import", "tsx", join(__dirname, "produce.ts")],
    ...["--outputs", join(folder, "outputs.json"), "--stream", spec.name],
    ...["--rate", "100", "--count", "20"],
  ]);
  assert.match(stdout, /^20 messages acknowledged by Kafka, 0 not, 0 refused/m);
  api.pods = [{ name: "kafka-0", ready: true, localPort: broker.replicationPort }];
  const [partition] = await admin.fetchTopicOffsets(spec.topic);
  assert.equal(partition?.high, "20");
});
