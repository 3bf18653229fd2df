import * as pulumi from "@pulumi/pulumi";
import { CertificateAuthority } from "../resources/tls/authority";

/** The one authority of a stack, which all of its services trust, and which signs what they are known by. */
export function createAuthority(): CertificateAuthority {
  const commonName = `${pulumi.getProject()}/${pulumi.getStack()}`;
  return new CertificateAuthority("authority", { commonName });
}
