import * as pulumi from "@pulumi/pulumi";
import { changedKeys } from "../drift";
import { DynamicResource } from "../dynamic-resource";
import type { CertificateAuthority } from "./authority";
import { isDue } from "./validity";
import { type KeyPair, makeCertificate } from "./x509";

/** The inputs as the provider sees them. */
export interface CertificateInputs {
  readonly authority: KeyPair;
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly generation: number;
  readonly __provider?: string;
}

export interface CertificateOutputs extends CertificateInputs, KeyPair {}

/** A year: `up` renews it after eight months. */
const validDays = 365;

/** What another certificate is made for. */
const signedKeys = ["authority", "commonName", "dnsNames", "generation"] as const;

async function diff(_id: string, olds: CertificateOutputs, news: CertificateInputs) {
  const changed = changedKeys<CertificateInputs>(olds, news, [...signedKeys, "__provider"]);
  return { changes: changed.length > 0 || isDue(olds.certificate) };
}

async function make(inputs: CertificateInputs): Promise<CertificateOutputs> {
  const { authority, commonName, dnsNames } = inputs;
  return { ...inputs, ...(await makeCertificate(authority, { commonName, dnsNames, validDays })) };
}

async function create(inputs: CertificateInputs) {
  return { id: inputs.commonName, outs: await make(inputs) };
}

async function update(_id: string, olds: CertificateOutputs, news: CertificateInputs) {
  const { certificate, privateKey } = olds;
  const isSigned = changedKeys<CertificateInputs>(olds, news, signedKeys).length === 0;
  if (isSigned && !isDue(certificate)) return { outs: { ...news, certificate, privateKey } };
  return { outs: await make(news) };
}

/** The provider of `Certificate`; exported for tests. */
export const certificateProvider: pulumi.dynamic.ResourceProvider<
  CertificateInputs,
  CertificateOutputs
> = { diff, create, update };

export interface CertificateArgs {
  readonly authority: CertificateAuthority;
  /** CN of its subject. */
  readonly commonName: string;
  /** Names that a server is reached by; `*` stands for one label. Default: none, it is a client's only. */
  readonly dnsNames?: pulumi.Input<pulumi.Input<string>[]>;
  /** Counted up, another key and certificate are made. */
  readonly generation: number;
}

/**
 * A certificate and its key. They exist in the state alone, the key encrypted. `up` makes others when less than a third of
 * their year is left, and when the authority or anything that is in the certificate changes.
 */
export class Certificate extends DynamicResource {
  /** PEM. */
  declare readonly certificate: pulumi.Output<string>;
  /** PEM (PKCS #8), a secret. */
  declare readonly privateKey: pulumi.Output<string>;

  constructor(name: string, args: CertificateArgs, options?: pulumi.CustomResourceOptions) {
    const { certificate, privateKey } = args.authority;
    super(
      "tls:Certificate",
      name,
      {
        ...args,
        authority: pulumi.secret({ certificate, privateKey }),
        dnsNames: args.dnsNames ?? [],
        certificate: undefined,
        privateKey: undefined,
      },
      { ...options, additionalSecretOutputs: ["privateKey"] },
    );
  }
}
