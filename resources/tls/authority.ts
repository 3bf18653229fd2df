import type * as pulumi from "@pulumi/pulumi";
import { changedKeys } from "../drift";
import { DynamicResource } from "../dynamic-resource";
import { isDue } from "./validity";
import { type KeyPair, makeAuthority } from "./x509";

/** The inputs as the provider sees them. */
export interface AuthorityInputs {
  readonly commonName: string;
  readonly __provider?: string;
}

export interface AuthorityOutputs extends AuthorityInputs, KeyPair {}

/** Ten years. The whole stack trusts it, so that it changes as rarely as can be. */
const validDays = 3650;

async function diff(_id: string, olds: AuthorityOutputs, news: AuthorityInputs) {
  const replaces = changedKeys<AuthorityInputs>(olds, news, ["commonName"]);
  const changed = changedKeys<AuthorityInputs>(olds, news, ["commonName", "__provider"]);
  return { changes: changed.length > 0 || isDue(olds.certificate), replaces };
}

async function create(inputs: AuthorityInputs) {
  const outs = { ...inputs, ...(await makeAuthority(inputs.commonName, validDays)) };
  return { id: inputs.commonName, outs };
}

async function update(_id: string, olds: AuthorityOutputs, news: AuthorityInputs) {
  const { certificate, privateKey } = olds;
  const kept = { certificate, privateKey };
  const made = isDue(certificate) ? await makeAuthority(news.commonName, validDays, kept) : kept;
  return { outs: { ...news, ...made } };
}

/** The provider of `CertificateAuthority`; exported for tests. */
export const authorityProvider: pulumi.dynamic.ResourceProvider<AuthorityInputs, AuthorityOutputs> =
  { diff, create, update };

export interface CertificateAuthorityArgs {
  /** CN of its subject. Another name is another authority. */
  readonly commonName: string;
}

/**
 * The authority that signs the stack's certificates. It exists in the state alone, with its key encrypted. `up` renews it
 * under the same key when less than a third of its ten years is left.
 */
export class CertificateAuthority extends DynamicResource {
  /** PEM; what clients trust. */
  declare readonly certificate: pulumi.Output<string>;
  /** PEM, a secret. */
  declare readonly privateKey: pulumi.Output<string>;

  constructor(
    name: string,
    args: CertificateAuthorityArgs,
    options?: pulumi.CustomResourceOptions,
  ) {
    super(
      "tls:Authority",
      name,
      { ...args, certificate: undefined, privateKey: undefined },
      { ...options, additionalSecretOutputs: ["privateKey"] },
    );
  }
}
