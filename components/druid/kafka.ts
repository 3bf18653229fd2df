import type * as k8s from "@pulumi/kubernetes";
import type { SaslMechanism } from "../../resources/connection";
import type { KafkaAccount } from "../kafka/account";
import { clientProtocol } from "../kafka/properties";
import type { App } from "../kubernetes/app";
import { createSecret, type HeldSecrets } from "../kubernetes/config";
import type { DruidProcess } from "./jvm";

/** Folder of the files by which tasks log in. */
const loginDir = "/etc/druid-kafka";
const files = { jaas: "jaas", authority: "authority.pem" } as const;

/** How clients of a Kafka connect and log in. */
export type KafkaSecurity = Pick<KafkaAccount, "tls" | "mechanism"> & {
  /** Whether they trust an authority of its own. */
  readonly hasAuthority: boolean;
};

/** Of a Kafka that a stack makes. */
export const ownSecurity = (tls: boolean): KafkaSecurity => ({
  tls,
  mechanism: "scram-sha-512",
  hasAuthority: tls,
});

/** Of the user's Kafka. */
export const securityOf = ({ tls, mechanism, authority }: KafkaAccount): KafkaSecurity => ({
  tls,
  mechanism,
  hasAuthority: authority !== undefined,
});

/**
 * The properties of a consumer in Druid, for an ingestion spec. The password is not in it: the consumer itself reads it from
 * a file (Kafka's KIP-297), each time that one starts, so that the spec is the same for every user and password.
 */
export function consumerProperties(security: KafkaSecurity): Record<string, string> {
  const { mechanism, hasAuthority } = security;
  const provider = "org.apache.kafka.common.config.provider.DirectoryConfigProvider";
  return {
    "security.protocol": clientProtocol(security),
    ...(mechanism !== "none" && {
      "sasl.mechanism": mechanism.toUpperCase(),
      "sasl.jaas.config": `\${directory:${loginDir}:${files.jaas}}`,
      "config.providers": "directory",
      "config.providers.directory.class": provider,
    }),
    ...(hasAuthority && {
      "ssl.truststore.type": "PEM",
      "ssl.truststore.location": `${loginDir}/${files.authority}`,
    }),
  };
}

/** The Secret of these files. */
export function createKafkaLogin(app: App, account: KafkaAccount): HeldSecrets {
  const { username, password, mechanism, authority } = account;
  const data = {
    ...(mechanism !== "none" && {
      [files.jaas]: password.apply((plain) => jaas(mechanism, username, plain)),
    }),
    ...(authority && { [files.authority]: authority }),
  };
  return createSecret(app, "kafka-login", data, "kafka-login");
}

/** A line of Java's login configuration. */
export function jaas(mechanism: SaslMechanism, username: string, password: string): string {
  const isPlain = mechanism === "plain";
  const name = isPlain ? "plain.PlainLoginModule" : "scram.ScramLoginModule";
  const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
  return `org.apache.kafka.common.security.${name} required username=${quoted(username)} password=${quoted(password)};`;
}

/** Processes that read topics: the supervisors and the sampler run in the Overlord, which is the Coordinator here. */
const readers: readonly DruidProcess[] = ["coordinator", "indexer"];

export function kafkaLoginFiles(process: DruidProcess, { secret }: HeldSecrets) {
  if (!readers.includes(process)) return { volumes: [], volumeMounts: [] };
  const name = "kafka-login";
  const volumes: k8s.types.input.core.v1.Volume[] = [
    { name, secret: { secretName: secret.metadata.name } },
  ];
  return { volumes, volumeMounts: [{ name, mountPath: loginDir, readOnly: true }] };
}
