/** A real Kafka that is none of the stack's: SASL_SSL, three mechanisms, access lists. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { consumerProperties, jaas } from "../../components/druid/kafka";
import { startExternalKafka } from "../../components/kafka/external-testing";
import { checkKafka } from "../../preflight/checks/kafka";
import { type KafkaBroker, whyNoBroker } from "../../producer/testing/kafka-broker";
import { type KafkaConnection, type SaslMechanism, withKafka } from "../connection";
import { revive } from "../testing/revive";
import { makeAuthority } from "../tls/x509";
import { getTopic, withAdmin } from "./api";
import { readMessages } from "./messages";
import { type TopicInputs, type TopicOutputs, topicProvider } from "./topic";

const skip = whyNoBroker();
const limits = { skip, timeout: 240_000 };
const topics = revive(topicProvider);
let broker: KafkaBroker;
let authority: string;
let connectAs: (username: string, mechanism?: SaslMechanism, password?: string) => KafkaConnection;

before(async () => {
  if (skip) return;
  const kafka = await startExternalKafka("localhost");
  ({ broker, authority, connectAs } = kafka);
  await kafka.administer(async (admin) => {
    await admin.createTopics({
      topics: [{ topic: "theirs", numPartitions: 2 }, { topic: "hidden" }],
      waitForLeaders: true,
    });
  });
  await kafka.permit("reader", "theirs", ["READ", "DESCRIBE"]);
  await kafka.send("theirs", ["1", "2", "3"]);
});
after(() => broker?.remove());

const read = (topicName: string, connection = connectAs("reader")): TopicInputs => ({
  connection,
  topicName,
  managed: false,
});
const managed = (topicName: string, config = {}): TopicInputs => ({
  connection: connectAs("owner"),
  topicName,
  partitions: 1,
  config,
  dataOnDelete: "keep",
});
const getAsOwner = (name: string) =>
  withKafka(connectAs("owner"), (config) =>
    withAdmin(config, (admin) => getTopic(config, admin, name)),
  );

test("each mechanism logs in, and reads a topic's id and messages", limits, async () => {
  const ids = new Set<string>();
  for (const mechanism of ["plain", "scram-sha-256", "scram-sha-512"] as const) {
    const { outs } = await (await topics).create(read("theirs", connectAs("reader", mechanism)));
    assert.equal((outs as TopicOutputs).partitions, 2);
    ids.add((outs as TopicOutputs).topicId);
  }
  const [id = ""] = ids;
  assert.match(id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(ids.size, 1);
});

test(
  "a topic that is only read is the same after create, update, refresh and delete",
  limits,
  async () => {
    const before = await getAsOwner("theirs");
    const provider = await topics;
    const { outs } = await provider.create(read("theirs"));
    const made = outs as TopicOutputs;
    await provider.update("theirs", made, read("theirs", connectAs("reader", "plain")));
    const refreshed = await provider.read("theirs", made);
    assert.deepEqual(refreshed.props, made);
    assert.deepEqual(refreshed.inputs, read("theirs"));
    assert.equal((await provider.diff("theirs", made, read("theirs"))).changes, false);
    await provider.delete("theirs", made);
    assert.deepEqual(await getAsOwner("theirs"), before);
  },
);

test(
  "a topic that is only read and is absent, or hidden from the user, is named and not created",
  limits,
  async () => {
    const provider = await topics;
    for (const [topic, reason] of [
      ["absent", "TOPIC_AUTHORIZATION_FAILED"],
      ["hidden", "TOPIC_AUTHORIZATION_FAILED"],
    ] as const) {
      await assert.rejects(
        provider.create(read(topic)),
        new RegExp(`lets user reader see no topic ${topic}: .*\\(${reason}\\)\\. .*topic\\.name$`),
      );
    }
    await assert.rejects(
      provider.create(read("absent", connectAs("owner"))),
      /lets user owner see no topic absent: .*\(UNKNOWN_TOPIC_OR_PARTITION\)/,
    );
    assert.equal(await getAsOwner("absent"), undefined);
  },
);

test(
  "a managed topic is made with the brokers' copies, adopted, altered, and left where it is",
  limits,
  async () => {
    const provider = await topics;
    const first = managed("ours", { "retention.ms": "1000" });
    const { outs } = await provider.create(first);
    assert.equal((await getAsOwner("ours"))?.replicationFactor, 1);
    const second = { ...managed("ours"), partitions: 2 };
    const { outs: updated } = await provider.update("ours", outs as TopicOutputs, second);
    const { partitions, config } = (await getAsOwner("ours")) ?? {};
    assert.deepEqual({ partitions, config }, { partitions: 2, config: {} });
    const { inputs } = await provider.read("ours", updated as TopicOutputs);
    assert.deepEqual(inputs, second);
    await provider.delete("ours", updated as TopicOutputs);
    assert.equal((await getAsOwner("ours"))?.partitions, 2);
  },
);

test(
  "the preflight finds a refused login, another authority, no Kafka and no topic, and tells no password",
  limits,
  async () => {
    const check = async (connection: KafkaConnection, topic = "theirs", isManaged = false) => {
      const target = { stream: "prices", topic, managed: isManaged };
      const findings = await checkKafka({ connection, topics: [target] });
      const text = findings.map(({ found, todo }) => `${found}\n${todo}`).join("\n");
      assert.doesNotMatch(text, /password-of|wrong-password/);
      return text;
    };
    assert.equal(await check(connectAs("reader")), "");
    assert.equal(await check(connectAs("owner"), "not-yet", true), "");
    for (const mechanism of ["plain", "scram-sha-512"] as const) {
      assert.match(
        await check(connectAs("reader", mechanism, "wrong-password")),
        new RegExp(
          `^Kafka at localhost:\\d+ refuses user reader by SASL ${mechanism}: .*\\nSet external.sasl .*kafkaPassword`,
        ),
      );
    }
    const { certificate: other } = await makeAuthority("project/other", 30);
    assert.match(
      await check({ ...connectAs("reader"), tls: { authority: other } }),
      /^Kafka at localhost:\d+ has a certificate that is not trusted: .*\nSet external\.tls\.authority/,
    );
    assert.match(
      await check({ ...connectAs("reader"), brokers: ["localhost:1"] }),
      /^Kafka at localhost:1 is not reached from this machine: .*\nPulumi .*external\.brokers/,
    );
    const { tls: _, ...inClear } = connectAs("reader");
    assert.match(
      await check(inClear),
      /^Kafka at localhost:\d+: .*\nexternal\.tls\.enabled is false/,
    );
    assert.match(
      await check(connectAs("reader"), "hidden"),
      /^Stream "prices": Kafka at localhost:\d+ lets user reader see no topic hidden: .*\nCreate it/,
    );
  },
);

test(
  "messages are read by a user who may read the topic and groups of the tools' name",
  limits,
  async () => {
    const values: string[] = [];
    const ranges = [0, 1].map((partition) => ({ partition, from: 0, to: 3 }));
    const reading = withKafka(connectAs("owner"), (config) =>
      readMessages(config, "theirs", ranges, ({ value }) => {
        values.push(String(value));
        return values.length === 3;
      }),
    );
    await reading;
    assert.deepEqual(values.sort(), ["1", "2", "3"]);
  },
);

test(
  "Druid's consumer reads it by each mechanism, with files in place of the password",
  limits,
  async () => {
    for (const mechanism of ["plain", "scram-sha-256"] as const) {
      const folder = mkdtempSync(join(tmpdir(), "druid-kafka-"));
      writeFileSync(join(folder, "jaas"), jaas(mechanism, "reader", 'password-of-"reader'));
      writeFileSync(join(folder, "authority.pem"), authority);
      const properties = consumerProperties({ tls: true, mechanism, hasAuthority: true });
      assert.doesNotMatch(JSON.stringify(properties), /password-of/);
      const lines = Object.entries(properties).map(
        ([key, value]) => `${key}=${value.replace("/etc/druid-kafka", folder)}\n`,
      );
      writeFileSync(join(folder, "consumer.properties"), lines.join(""));
      const { stdout } = await broker.run("org.apache.kafka.tools.consumer.ConsoleConsumer", [
        ...["--bootstrap-server", `localhost:${broker.port}`, "--topic", "theirs"],
        ...["--partition", "0", "--offset", "earliest", "--max-messages", "3"],
        ...["--timeout-ms", "60000", "--command-config", join(folder, "consumer.properties")],
      ]);
      rmSync(folder, { recursive: true });
      assert.deepEqual(stdout.trim().split("\n"), ["1", "2", "3"]);
    }
  },
);
