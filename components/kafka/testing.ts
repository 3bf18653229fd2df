import { KafkaBroker } from "../../producer/testing/kafka-broker";
import type { KafkaConnection } from "../../resources/connection";
import { type KeyPair, makeAuthority, makeCertificate } from "../../resources/tls/x509";
import { certificateFiles, certificateNames, securityProperties } from "./properties";

/** A real broker that is as closed as the stack's are. */
export interface ClosedBroker {
  readonly broker: KafkaBroker;
  readonly authority: KeyPair;
  /** As the stack's own administration reaches it. */
  readonly administration: KafkaConnection;
}

/**
 * Starts a broker, by TLS for all.
 *
 * @param host that it tells its clients to connect to. Default: localhost.
 */
export async function startClosedBroker(host = "localhost"): Promise<ClosedBroker> {
  const authority = await makeAuthority("project/stack", 30);
  const certify = (commonName: string, dnsNames?: string[]) =>
    makeCertificate(authority, { commonName, dnsNames, validDays: 30 });
  const node = await certify(certificateNames.node, ["localhost", "kafka", host]);
  const broker = await KafkaBroker.create(host, {
    properties: (folder) => securityProperties(folder, true),
    files: {
      [certificateFiles.authority]: authority.certificate,
      [certificateFiles.keyStore]: node.privateKey + node.certificate,
    },
  });
  await broker.start();
  const identity = await certify(certificateNames.administrator);
  const administration = {
    brokers: [`localhost:${broker.replicationPort}`],
    tls: { authority: authority.certificate, ...identity },
  };
  return { broker, authority, administration };
}
