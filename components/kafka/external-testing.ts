/** A real Kafka that is none of a stack's: SASL_SSL for clients, with PLAIN and SCRAM, and access lists. */
import { type Admin, Kafka, logLevel } from "kafkajs";
import { KafkaBroker } from "../../producer/testing/kafka-broker";
import { type KafkaConnection, type SaslMechanism, withKafka } from "../../resources/connection";
import { withAdmin } from "../../resources/kafka/api";
import { makeAuthority, makeCertificate } from "../../resources/tls/x509";
import { certificateFiles } from "./properties";

/** Passwords may have characters that mean something in Java's files. */
const passwordOf = (username: string) => `password-of-"${username}`;
/** owner may do everything, reader what it is permitted. */
const users = ["owner", "reader"] as const;
type User = (typeof users)[number];
/** Kafka's codes of operations. */
const operations = {
  READ: 3,
  WRITE: 4,
  ALTER: 7,
  DESCRIBE: 8,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
} as const;
type Operation = keyof typeof operations;
/** Kafka's codes of what a right is about: one topic, or the groups whose names begin so. */
const objects = {
  topic: { resourceType: 2, resourcePatternType: 3 },
  groups: { resourceType: 3, resourcePatternType: 4 },
} as const;

export interface ExternalKafka {
  readonly broker: KafkaBroker;
  /** PEM. */
  readonly authority: string;
  /** Of the reader, and of the owner. */
  readonly passwordOf: (username: string) => string;
  connectAs(username: string, mechanism?: SaslMechanism, password?: string): KafkaConnection;
  /** As the owner. */
  administer<T>(use: (admin: Admin) => Promise<T>): Promise<T>;
  permit(username: User, topic: string, what: readonly Operation[]): Promise<void>;
  /** Lets it read in groups whose names begin with the prefix. */
  permitGroups(username: User, prefix: string): Promise<void>;
  /** Sends messages to partition 0. */
  send(topic: string, values: readonly string[]): Promise<void>;
}

/** @param host an address of this machine, which clients reach it by */
export async function startExternalKafka(host: string): Promise<ExternalKafka> {
  const authority = await makeAuthority("somebody/else", 30);
  const names = { commonName: "kafka", dnsNames: ["localhost", "127.0.0.1", host], validDays: 30 };
  const node = await makeCertificate(authority, names);
  const scram = users.flatMap((user) =>
    ["SCRAM-SHA-256", "SCRAM-SHA-512"].map(
      (mechanism) => `${mechanism}=[name=${user},password=${passwordOf(user)}]`,
    ),
  );
  const security = {
    properties: securityProperties,
    files: {
      [certificateFiles.authority]: authority.certificate,
      [certificateFiles.keyStore]: node.privateKey + node.certificate,
    },
    format: scram.flatMap((entry) => ["--add-scram", entry]),
    listen: host === "localhost" ? "127.0.0.1" : host,
  };
  const broker = await KafkaBroker.create(host, security);
  await broker.start();
  const connectAs: ExternalKafka["connectAs"] = (
    username,
    mechanism = "scram-sha-512",
    password = passwordOf(username),
  ) => ({
    brokers: [`${host}:${broker.port}`],
    tls: { authority: authority.certificate },
    user: { username, password, mechanism },
  });
  const administer: ExternalKafka["administer"] = (use) =>
    withKafka(connectAs("owner"), (config) => withAdmin(config, use));
  const permit = async (
    object: keyof typeof objects,
    username: User,
    resourceName: string,
    what: readonly Operation[],
  ) => {
    const principal = `User:${username}`;
    const entry = { ...objects[object], resourceName, principal, host: "*", permissionType: 3 };
    const acl = what.map((operation) => ({ ...entry, operation: operations[operation] }));
    await administer((admin) => admin.createAcls({ acl }));
  };
  return {
    ...{ broker, authority: authority.certificate, passwordOf, connectAs, administer },
    permit: (username, topic, what) => permit("topic", username, topic, what),
    permitGroups: (username, prefix) => permit("groups", username, prefix, ["READ"]),
    send: (topic, values) => send(connectAs("owner"), topic, values),
  };
}

function securityProperties(folder: string): Record<string, string> {
  const listener = "listener.name.client";
  const plain = users.map((user) => `user_${user}="${passwordOf(user).replace('"', '\\"')}"`);
  const modules = "org.apache.kafka.common.security";
  return {
    "listener.security.protocol.map": "CLIENT:SASL_SSL,REPLICATION:SSL,CONTROLLER:SSL",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "REPLICATION",
    "listener.name.replication.ssl.client.auth": "required",
    "listener.name.controller.ssl.client.auth": "required",
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": `${folder}/${certificateFiles.keyStore}`,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": `${folder}/${certificateFiles.authority}`,
    [`${listener}.sasl.enabled.mechanisms`]: "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    [`${listener}.plain.sasl.jaas.config`]: escaped(
      `${modules}.plain.PlainLoginModule required ${plain.join(" ")};`,
    ),
    [`${listener}.scram-sha-256.sasl.jaas.config`]: `${modules}.scram.ScramLoginModule required;`,
    [`${listener}.scram-sha-512.sasl.jaas.config`]: `${modules}.scram.ScramLoginModule required;`,
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:CN=kafka;User:owner",
    // What a client must not make use of.
    "auto.create.topics.enable": "true",
  };
}

/** A backslash of a value, in a file of Java's properties. */
const escaped = (text: string) => text.replaceAll("\\", "\\\\");

async function send(
  connection: KafkaConnection,
  topic: string,
  values: readonly string[],
): Promise<void> {
  await withKafka(connection, async (config) => {
    const kafka = new Kafka({ ...config, logLevel: logLevel.NOTHING, connectionTimeout: 5_000 });
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    try {
      await producer.connect();
      const messages = values.map((value) => ({ value, partition: 0 }));
      await producer.send({ topic, acks: -1, messages });
    } finally {
      await producer.disconnect();
    }
  });
}
