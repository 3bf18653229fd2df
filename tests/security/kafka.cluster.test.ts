/** Kafka is closed to strangers, and each of its users may do what it is there for, and no more. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Admin, Kafka } from "kafkajs";
import { type KafkaConnection, openKafka } from "../../resources/connection";
import { refusedLogIn } from "../../resources/kafka/trouble";
import type { StackOutputs } from "../../verify/outputs";
import { stateFile } from "../support/interrupted-run";
import { asNode, asUser, readJaas } from "../support/kafka";
import { coreApi, secretOf } from "../support/kubernetes";
import { askDruid } from "../support/own-stack";
import { artifacts, mustMake, standUp, withService } from "../support/stack";

let outputs: StackOutputs;
let producer: { username: string; password: string };
let druid: { username: string; password: string };

before(async () => {
  outputs = await standUp();
  const { password = "" } = await secretOf(outputs, "producer-kafka-login");
  producer = { username: "producer", password };
  druid = readJaas((await secretOf(outputs, "druid-kafka-login")).jaas);
  await withAdminOf(asAdministrator(), (admin) =>
    admin.createTopics({
      topics: [{ topic: "of-others", numPartitions: 1 }],
      waitForLeaders: true,
    }),
  );
});
after(() =>
  withAdminOf(asAdministrator(), async (admin) => {
    await admin.deleteTopics({ topics: ["of-others"] });
    await admin.deleteGroups([group]);
  }),
);

const asAdministrator = () =>
  asUser(outputs, { username: outputs.kafkaUsername, password: outputs.kafkaPassword });

async function withKafkaOf<T>(
  connection: KafkaConnection,
  use: (kafka: Kafka) => Promise<T>,
): Promise<T> {
  const { Kafka: Client, logLevel } = await import("kafkajs");
  const open = await openKafka(connection);
  const retry = { retries: 1, initialRetryTime: 100 };
  const options = { clientId: "security", logLevel: logLevel.NOTHING, connectionTimeout: 5_000 };
  try {
    return await use(new Client({ ...options, retry, ...open.config }));
  } finally {
    await open.close();
  }
}

function withAdminOf<T>(
  connection: KafkaConnection,
  use: (admin: Admin) => Promise<T>,
): Promise<T> {
  return withKafkaOf(connection, async (kafka) => {
    const admin = kafka.admin();
    try {
      await admin.connect();
      return await use(admin);
    } finally {
      await admin.disconnect();
    }
  });
}

function send(connection: KafkaConnection, topic: string): Promise<unknown> {
  return withKafkaOf(connection, async (kafka) => {
    const sender = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 1 } });
    try {
      await sender.connect();
      // A tombstone: Druid throws it away.
      return await sender.send({ topic, messages: [{ key: "security", value: null }] });
    } finally {
      await sender.disconnect();
    }
  });
}

const group = "security";

/** Reads the first message of a topic in a group of its own; the error is that of joining or of reading. */
function read(connection: KafkaConnection, topic: string): Promise<void> {
  return withKafkaOf(connection, async (kafka) => {
    const consumer = kafka.consumer({ groupId: group, retry: { retries: 5 } });
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await new Promise<void>((resolve, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
        consumer.run({ eachMessage: async () => resolve() }).catch(reject);
      });
    } finally {
      await consumer.disconnect();
    }
  });
}

const refused = /not authorized|authorization failed/i;

test("a stranger is refused at the clients' port and at the brokers'", async () => {
  const list = (connection: KafkaConnection) =>
    withAdminOf(connection, (admin) => admin.listTopics());
  await assert.rejects(list(asUser(outputs)));
  const { tls: _, ...anonymous } = await asNode(outputs);
  await assert.rejects(list(anonymous));
  const node = await asNode(outputs);
  const trusting = { ...node, tls: { authority: node.tls?.authority ?? "" } };
  await assert.rejects(list(trusting));
  assert.ok((await list(node)).includes("demo"));
});

test("a wrong password is refused by an error that names Kafka, the user and what to do", async () => {
  const wrong = asUser(outputs, { username: "producer", password: "wrong" });
  const error: unknown = await withAdminOf(wrong, (admin) => admin.listTopics()).catch(
    (reason: unknown) => reason,
  );
  const said = refusedLogIn("Kafka at kafka:9092", "producer", error) ?? "";
  assert.match(said, /^Kafka at kafka:9092 refuses user producer: wrong password.*`make up`/);
});

test("the producer's user writes to its topic, and to no other; it reads none and makes none", async () => {
  const connection = asUser(outputs, producer);
  await send(connection, "demo");
  await assert.rejects(send(connection, "of-others"), refused);
  // That the group is refused, kafkajs tells as a coordinator that it can't find. The administrator finds it.
  await assert.rejects(read(connection, "demo"), /group coordinator/);
  await read(asAdministrator(), "demo");
  await withAdminOf(connection, async (admin) => {
    assert.deepEqual(await admin.listTopics(), ["demo"]);
    const error: unknown = await admin
      .createTopics({ topics: [{ topic: "of-the-producer" }] })
      .catch((reason: unknown) => reason);
    assert.match(JSON.stringify(error), /AUTHORIZATION_FAILED/);
  });
});

test("Druid's user reads its topic, and writes to none", async () => {
  const connection = asUser(outputs, druid);
  await withAdminOf(connection, async (admin) => {
    assert.deepEqual(await admin.listTopics(), ["demo"]);
    assert.ok((await admin.fetchTopicOffsets("demo")).length > 0);
  });
  await assert.rejects(send(connection, "demo"), refused);
});

test("no password of Kafka's is in a pod, a ConfigMap, Druid's answer, a run's output or the state in clear", async () => {
  const { namespace } = outputs;
  const core = await coreApi();
  const texts: Record<string, string> = {
    pods: JSON.stringify((await core.listNamespacedPod({ namespace })).items),
    configMaps: JSON.stringify((await core.listNamespacedConfigMap({ namespace })).items),
    supervisor: await withService(outputs, "druid", async (url) =>
      JSON.stringify(await askDruid(url, "/druid/indexer/v1/supervisor/demo")),
    ),
    runs: readFileSync(join(artifacts, "make.log"), "utf8"),
    outputs: (await mustMake("outputs")).stdout,
    state: readFileSync(stateFile(), "utf8"),
  };
  const { "node.pem": node = "" } = await secretOf(outputs, "kafka-node-certificate-files");
  const [key = ""] = /(?<=PRIVATE KEY-----\n).+/.exec(node) ?? [];
  const secrets = { producer: producer.password, druid: druid.password, node: key };
  for (const [of, secret] of Object.entries({ ...secrets, administrator: outputs.kafkaPassword })) {
    assert.ok(secret.length >= 32, of);
    // As it is, and as the Secrets of the state would have it.
    for (const [place, text] of Object.entries(texts))
      for (const form of [secret, Buffer.from(secret).toString("base64")])
        assert.equal(text.includes(form), false, `the secret of ${of} is in ${place}`);
  }
});
