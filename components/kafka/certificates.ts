import * as pulumi from "@pulumi/pulumi";
import type { KafkaConnection } from "../../resources/connection";
import { Certificate } from "../../resources/tls/certificate";
import { namesOfService, type SignedBy } from "../authority";
import type { App } from "../kubernetes/app";
import { createSecret, type HeldSecrets } from "../kubernetes/config";
import { certificateFiles, certificateNames } from "./properties";

/**
 * The nodes' certificate, by all names that they are reached by, in a Secret of the files that Kafka reads. All nodes have the
 * same: none may do less than another.
 *
 * @param service name of the bootstrap Service
 */
export function createNodeCertificate(
  app: App,
  service: string,
  { authority, generation }: SignedBy,
): { files: HeldSecrets; certificate: pulumi.Output<string> } {
  const certificate = new Certificate(
    `${app.resourceName}-node-certificate`,
    {
      authority,
      generation,
      commonName: certificateNames.node,
      dnsNames: [
        ...namesOfService(app, service),
        pulumi.interpolate`*.${service}-headless.${app.namespace.domain}`,
        // Kafka's own tools, in a node's container.
        "localhost",
      ],
    },
    { parent: app.parent },
  );
  const files = {
    [certificateFiles.authority]: authority.certificate,
    [certificateFiles.keyStore]: pulumi.interpolate`${certificate.privateKey}${certificate.certificate}`,
  };
  return {
    files: createSecret(app, "broker", files, "node-certificate-files"),
    certificate: certificate.certificate,
  };
}

/** By what the brokers know the stack's own administration. */
export function createIdentity(
  app: App,
  { authority, generation }: SignedBy,
): pulumi.Output<NonNullable<KafkaConnection["tls"]>> {
  const { certificate, privateKey } = new Certificate(
    `${app.resourceName}-administrator-certificate`,
    { authority, generation, commonName: certificateNames.administrator },
    { parent: app.parent },
  );
  return pulumi.output({ authority: authority.certificate, certificate, privateKey });
}
