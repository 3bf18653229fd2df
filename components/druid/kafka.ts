import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { KafkaAccount } from "../kafka/account";
import { clientProtocol } from "../kafka/properties";
import type { App } from "../kubernetes/app";
import { createSecret, type HeldSecrets } from "../kubernetes/config";
import type { DruidProcess } from "./jvm";

/** Folder of the files by which tasks log in. */
const loginDir = "/etc/druid-kafka";
const files = { jaas: "jaas", authority: "authority.pem" } as const;

/**
 * The properties of a consumer in Druid, for an ingestion spec. The password is not in it: the consumer itself reads it from
 * a file (Kafka's KIP-297), each time that one starts, so that the spec is the same for every user and password.
 *
 * @param tls whether Kafka's clients connect by TLS
 */
export function consumerProperties(tls: boolean): Record<string, string> {
  const provider = "org.apache.kafka.common.config.provider.DirectoryConfigProvider";
  return {
    "security.protocol": clientProtocol(tls),
    "sasl.mechanism": "SCRAM-SHA-512",
    "sasl.jaas.config": `\${directory:${loginDir}:${files.jaas}}`,
    "config.providers": "directory",
    "config.providers.directory.class": provider,
    ...(tls && {
      "ssl.truststore.type": "PEM",
      "ssl.truststore.location": `${loginDir}/${files.authority}`,
    }),
  };
}

/** The Secret of these files. */
export function createKafkaLogin(app: App, account: KafkaAccount): HeldSecrets {
  const { username, password, authority } = account;
  const module = "org.apache.kafka.common.security.scram.ScramLoginModule";
  const data = {
    [files.jaas]: pulumi.interpolate`${module} required username="${username}" password="${password}";`,
    ...(authority && { [files.authority]: authority }),
  };
  return createSecret(app, "kafka-login", data, "kafka-login");
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
