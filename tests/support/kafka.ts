/** Ways into Kafka: as a node, as a user of the stack, and as nobody. */
import type { KafkaConnection } from "../../resources/connection";
import { kafkaOf, type StackOutputs, targetOf } from "../../verify/outputs";
import { secretOf } from "./kubernetes";

const replicationPort = 9091;

/** As the custom resources reach it: at the brokers' own port, with a certificate. */
export async function asNode(outputs: StackOutputs): Promise<KafkaConnection> {
  const files = await secretOf(outputs, "kafka-node-certificate-files");
  const { "authority.pem": authority = "", "node.pem": node } = files;
  return {
    kubernetes: { ...targetOf(outputs, "kafka"), port: replicationPort },
    tls: { authority, certificate: node, privateKey: node },
  };
}

/** At the clients' port, as this user. Without one: as nobody. */
export function asUser(
  outputs: StackOutputs,
  user?: { username: string; password: string },
): KafkaConnection {
  const { user: _, ...connection } = kafkaOf(outputs);
  return { ...connection, ...(user && { user }) };
}

/** The username and password in Druid's file for Kafka's client. */
export function readJaas(jaas = ""): { username: string; password: string } {
  const [, username = "", password = ""] = /username="(.*)" password="(.*)";/.exec(jaas) ?? [];
  return { username, password };
}
