/** Users and access lists of a real Kafka that is closed to strangers, with the brokers' properties of the stack. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Kafka, logLevel } from "kafkajs";
import { consumerProperties, ownSecurity } from "../../components/druid/kafka";
import { everything } from "../../components/kafka/account";
import { startClosedBroker } from "../../components/kafka/testing";
import { prices, specOf } from "../../pipelines/testing/streams";
import { KafkaTransport } from "../../producer/kafka";
import { readSettings } from "../../producer/settings";
import { type KafkaBroker, whyNoBroker } from "../../producer/testing/kafka-broker";
import { RecordingLog } from "../../producer/testing/recording-log";
import { type KafkaConnection, withKafka } from "../connection";
import { isSame } from "../drift";
import { poll } from "../poll";
import { revive } from "../testing/revive";
import { type KeyPair, makeAuthority, makeCertificate } from "../tls/x509";
import { type AclInputs, aclProvider } from "./acl";
import { deleteTopic, setConfig, withAdmin } from "./api";
import { readMessages } from "./messages";
import { setPassword } from "./scram";
import { type TopicInputs, topicProvider } from "./topic";
import { type UserInputs, type UserOutputs, userProvider } from "./user";

const skip = whyNoBroker();
const users = revive(userProvider);
const acls = revive(aclProvider);
const topics = revive(topicProvider);
let authority: KeyPair;
let broker: KafkaBroker;
let administration: KafkaConnection;

before(async () => {
  if (skip) return;
  ({ broker, authority, administration } = await startClosedBroker());
});
after(async () => {
  await broker?.remove();
});

const clientAs = (username: string, password: string): KafkaConnection => ({
  brokers: [`localhost:${broker.port}`],
  tls: { authority: authority.certificate },
  user: { username, password },
});

/** Sends a message to a topic. */
async function send(connection: KafkaConnection, topic: string): Promise<void> {
  await withKafka(connection, async (config) => {
    const retry = { retries: 1 };
    const producer = new Kafka({ ...config, retry, logLevel: logLevel.NOTHING }).producer({
      idempotent: true,
      retry,
      allowAutoTopicCreation: false,
    });
    try {
      await producer.connect();
      await producer.send({ topic, messages: [{ value: "1" }] });
    } finally {
      await producer.disconnect();
    }
  });
}

const user = (username: string): UserInputs => ({
  connection: administration,
  username,
  password: `password-of-${username}`,
});
const topic = (topicName: string): TopicInputs => ({
  connection: administration,
  topicName,
  partitions: 1,
  replicationFactor: 1,
  config: {},
});
const access = (username: string, name: string, ...operations: string[]): AclInputs => ({
  connection: administration,
  username,
  resource: { type: "topic", name },
  operations,
});

test("a stranger, a wrong password and a certificate of another authority are refused", {
  skip,
  timeout: 240_000,
}, async () => {
  const list = (connection: KafkaConnection) =>
    withKafka(connection, (config) => withAdmin(config, (admin) => admin.listTopics()));
  const { create } = await users;
  await create(user("known"));
  assert.deepEqual(await list(clientAs("known", "password-of-known")), []);
  await assert.rejects(
    list(clientAs("known", "wrong")),
    /Kafka at localhost:\d+ refuses user known by SASL scram-sha-512: .*kafkaPassword/,
  );
  await assert.rejects(list(clientAs("unknown", "wrong")), /refuses user unknown/);
  await assert.rejects(list({ brokers: [`localhost:${broker.port}`] }), /Kafka at localhost/);
  const other = await makeAuthority("project/other", 30);
  const stranger = await makeCertificate(other, { commonName: "administrator", validDays: 30 });
  const tls = { authority: authority.certificate, ...stranger };
  await assert.rejects(list({ ...administration, tls }), /Kafka at localhost/);
  await assert.rejects(
    list({ ...administration, tls: { authority: other.certificate } }),
    /self-signed|unable to verify/i,
  );
});

test("a user may do with a topic what its access list says, and nothing else", {
  skip,
  timeout: 240_000,
}, async () => {
  await (await topics).create(topic("own"));
  await (await topics).create(topic("other"));
  await (await users).create(user("writer"));
  const connection = clientAs("writer", "password-of-writer");
  await assert.rejects(send(connection, "own"), /authorization failed/i);
  await (await acls).create(access("writer", "own", "DESCRIBE", "WRITE"));
  await send(connection, "own");
  await assert.rejects(send(connection, "other"), /not authorized|authorization failed/i);
  await withKafka(connection, (config) =>
    withAdmin(config, async (admin) => {
      assert.deepEqual(await admin.listTopics(), ["own"]);
      const error: unknown = await admin
        .createTopics({ topics: [{ topic: "third" }] })
        .catch((reason: unknown) => reason);
      assert.match(JSON.stringify(error), /TOPIC_AUTHORIZATION_FAILED/);
    }),
  );
});

test("the administrator may do what the stack's tools do: topics, access, sending, reading in a group", {
  skip,
  timeout: 240_000,
}, async () => {
  await (await users).create(user("administrator"));
  for (const resource of everything) {
    const inputs = { ...access("administrator", "", "ALL"), resource };
    await (await acls).create(inputs);
    assert.deepEqual((await (await acls).read("", inputs)).props, inputs);
  }
  const connection = clientAs("administrator", user("administrator").password);
  const values: string[] = [];
  await withKafka(connection, (config) =>
    withAdmin(config, async (admin) => {
      await admin.createTopics({ topics: [{ topic: "handled" }], waitForLeaders: true });
      await admin.createAcls({
        acl: [
          {
            ...{ resourceType: 2, resourceName: "handled", resourcePatternType: 3 },
            ...{ principal: "User:somebody", host: "*", operation: 3, permissionType: 3 },
          },
        ],
      });
      await send(connection, "handled");
      await readMessages(config, "handled", [{ partition: 0, from: 0, to: 1 }], ({ value }) => {
        values.push(String(value));
        return false;
      });
      await setConfig(admin, "handled", { "retention.ms": "1000" });
      await deleteTopic(admin, "handled");
    }),
  );
  assert.deepEqual(values, ["1"]);
});

test("the standalone producer logs in by files, and says which user is refused", {
  skip,
  timeout: 240_000,
}, async () => {
  await (await topics).create(topic("produced"));
  await (await users).create(user("producer"));
  await (await acls).create(access("producer", "produced", "WRITE"));
  const folder = mkdtempSync(join(tmpdir(), "kafka-login-"));
  const passwordFile = join(folder, "password");
  const caFile = join(folder, "authority.pem");
  writeFileSync(caFile, authority.certificate);
  const environment = {
    ...{ KAFKA_BROKERS: `localhost:${broker.port}`, KAFKA_TOPIC: "produced" },
    ...{ KAFKA_SSL: "true", KAFKA_SSL_CA_FILE: caFile },
    ...{ KAFKA_SASL_MECHANISM: "scram-sha-512", KAFKA_SASL_USERNAME: "producer" },
    KAFKA_SASL_PASSWORD_FILE: passwordFile,
  };
  const settings = readSettings([], environment, specOf(prices));
  assert.ok(settings !== "help");
  const transport = new KafkaTransport(settings.kafka, new RecordingLog());
  writeFileSync(passwordFile, "wrong");
  await assert.rejects(transport.connect(), /^Error: Kafka refuses user producer: KAFKA_SASL/);
  writeFileSync(passwordFile, `${user("producer").password}\n`);
  await transport.send("key", ["value"]);
  await transport.reset();
  rmSync(folder, { recursive: true });
});

test("Druid's consumer reads a topic with leave to read it alone, by a password that is in a file", {
  skip,
  timeout: 240_000,
}, async () => {
  await (await topics).create(topic("read"));
  await send({ ...administration }, "read");
  await (await users).create(user("druid"));
  await (await acls).create(access("druid", "read", "READ"));
  const folder = mkdtempSync(join(tmpdir(), "druid-kafka-"));
  const module = "org.apache.kafka.common.security.scram.ScramLoginModule";
  const jaas = `${module} required username="druid" password="${user("druid").password}";`;
  writeFileSync(join(folder, "jaas"), jaas);
  writeFileSync(join(folder, "authority.pem"), authority.certificate);
  const properties = Object.entries(consumerProperties(ownSecurity(true))).map(
    ([key, value]) => `${key}=${value.replace("/etc/druid-kafka", folder)}\n`,
  );
  writeFileSync(join(folder, "consumer.properties"), properties.join(""));
  // As Druid's tasks do, it is told which partition to read, and commits no offset.
  const { stdout } = await broker.run("org.apache.kafka.tools.consumer.ConsoleConsumer", [
    ...["--bootstrap-server", `localhost:${broker.port}`, "--topic", "read"],
    ...["--partition", "0", "--offset", "earliest", "--max-messages", "1"],
    ...["--timeout-ms", "60000", "--command-config", join(folder, "consumer.properties")],
  ]);
  rmSync(folder, { recursive: true });
  assert.equal(stdout.trim(), "1");
  await assert.rejects(send(clientAs("druid", user("druid").password), "read"), /authoriz/i);
});

test("a user that is gone or was given another password by hand is seen, and put back", {
  skip,
  timeout: 240_000,
}, async () => {
  const provider = await users;
  const inputs = user("drifting");
  const { outs } = await provider.create(inputs);
  const made = outs as UserOutputs;
  const read = async () => (await provider.read("drifting", made)).props as UserOutputs;
  assert.deepEqual(await read(), made);
  assert.deepEqual(await provider.diff("drifting", made, inputs), {
    changes: false,
    replaces: [],
    deleteBeforeReplace: false,
  });
  // As Kafka's own tools set it.
  await withKafka(administration, (config) => setPassword(config, "drifting", "by-hand", 4096));
  const drifted = await read();
  assert.equal(drifted.iterations, 4096);
  assert.equal((await provider.diff("drifting", drifted, inputs)).changes, true);
  const { outs: restored } = await provider.update("drifting", drifted, inputs);
  assert.deepEqual(restored, made);
  await withKafka(clientAs("drifting", inputs.password), (config) =>
    withAdmin(config, (admin) => admin.listTopics()),
  );
  await provider.delete("drifting", made);
  assert.equal((await provider.read("drifting", made)).id, undefined);
  await provider.delete("drifting", made);
});

test("entries added and taken away by hand are seen, and put back", {
  skip,
  timeout: 240_000,
}, async () => {
  const provider = await acls;
  const inputs = access("listed", "own", "DESCRIBE", "READ");
  await provider.create(inputs);
  const read = () => provider.read("", inputs);
  assert.deepEqual((await read()).props, inputs);
  const entry = {
    resourceType: 2,
    resourceName: "own",
    resourcePatternType: 3,
    principal: "User:listed",
  };
  await withKafka(administration, (config) =>
    withAdmin(config, async (admin) => {
      const allowed = { ...entry, host: "*", permissionType: 3 };
      await admin.deleteAcls({ filters: [{ ...allowed, operation: 3 }] });
      await admin.createAcls({
        acl: [
          { ...allowed, operation: 4 },
          { ...entry, host: "10.0.0.1", permissionType: 2, operation: 8 },
        ],
      });
    }),
  );
  const byHand = ["DENY DESCRIBE from 10.0.0.1", "DESCRIBE", "WRITE"];
  const failure = (last: string) => new Error(`the broker knows of ${last}, not of ${byHand}`);
  const drifted = await poll({ timeoutMs: 10_000, failure }, async (report) => {
    const props = (await read()).props as AclInputs;
    return isSame(props.operations, byHand) ? props : report(props.operations.join(", "));
  });
  assert.equal((await provider.diff("", drifted, inputs)).changes, true);
  await provider.update("", drifted, inputs);
  assert.deepEqual((await read()).props, inputs);
  await provider.delete("", inputs);
  assert.equal((await read()).id, undefined);
});
