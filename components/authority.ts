import * as pulumi from "@pulumi/pulumi";
import { CertificateAuthority } from "../resources/tls/authority";
import type { App } from "./kubernetes/app";

/** The one authority of a stack, which all of its services trust, and which signs what they are known by. */
export function createAuthority(): CertificateAuthority {
  const commonName = `${pulumi.getProject()}/${pulumi.getStack()}`;
  return new CertificateAuthority("authority", { commonName });
}

export interface SignedBy {
  readonly authority: CertificateAuthority;
  /** Counted up, another certificate is made. */
  readonly generation: number;
}

/** All names by which pods reach a Service, from its own namespace and from others. */
export function namesOfService(
  { namespace: { name, domain } }: App,
  service: string,
): pulumi.Input<string>[] {
  return [
    service,
    pulumi.interpolate`${service}.${name}`,
    pulumi.interpolate`${service}.${name}.svc`,
    pulumi.interpolate`${service}.${domain}`,
  ];
}
