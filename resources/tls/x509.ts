/** X.509 certificates by @peculiar/x509 and Node's WebCrypto. Nothing of Pulumi here. */
import type { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import type { X509CertificateCreateParamsName } from "@peculiar/x509";

/** A certificate and its private key, both as PEM. The key is PKCS #8. */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface CertificateSpec {
  /** CN of the subject. */
  readonly commonName: string;
  /** Names and IP addresses that a server is reached by. Default: none, it is a client's only. */
  readonly dnsNames?: readonly string[];
  /** Days until it runs out. */
  readonly validDays: number;
}

const curve = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 86_400_000;
/** Clocks of machines differ: a certificate is valid from an hour before it was made. */
const clockSkewMs = 3_600_000;

/**
 * An authority that signs itself.
 *
 * @param renewed one that runs out. Its key and name stay: what either of the two has signed is trusted by whoever
 *   trusts the other.
 */
export async function makeAuthority(
  commonName: string,
  validDays: number,
  renewed?: KeyPair,
): Promise<KeyPair> {
  const x509 = await library();
  const keys = renewed
    ? await keysOf(renewed)
    : await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: nameOf(commonName),
    ...validity(validDays),
    signingAlgorithm: curve,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate.toString("pem")), privateKey: await keyPem(keys) };
}

/** A certificate for both ends of a connection, signed by the authority: its key is new. */
export async function makeCertificate(
  authority: KeyPair,
  { commonName, dnsNames = [], validDays }: CertificateSpec,
): Promise<KeyPair> {
  const x509 = await library();
  const issuer = new x509.X509Certificate(authority.certificate);
  const keys = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const { privateKey: signingKey } = await keysOf(authority);
  const names = dnsNames.map((value) => ({
    type: isIP(value) ? ("ip" as const) : ("dns" as const),
    value,
  }));
  const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
  const certificate = await x509.X509CertificateGenerator.create({
    subject: nameOf(commonName),
    issuer: issuer.subject,
    ...validity(validDays),
    signingAlgorithm: curve,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(
        names.length > 0 ? [serverAuth, clientAuth] : [clientAuth],
      ),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate.toString("pem")), privateKey: await keyPem(keys) };
}

/** It asks for reflect-metadata to be loaded before it. Both are loaded only where a certificate is made. */
async function library() {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

async function keysOf({ certificate, privateKey }: KeyPair): Promise<webcrypto.CryptoKeyPair> {
  const x509 = await library();
  const der = x509.PemConverter.decodeFirst(privateKey);
  return {
    privateKey: await crypto.subtle.importKey("pkcs8", der, curve, true, ["sign"]),
    publicKey: await new x509.X509Certificate(certificate).publicKey.export(),
  };
}

/** As a structure, so that no character of the text has a meaning in it. */
function nameOf(commonName: string): X509CertificateCreateParamsName {
  return [{ CN: [commonName] }];
}

function validity(days: number) {
  const now = Date.now();
  return { notBefore: new Date(now - clockSkewMs), notAfter: new Date(now + days * dayMs) };
}

async function keyPem({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  const { PemConverter } = await library();
  return pem(
    PemConverter.encode(await crypto.subtle.exportKey("pkcs8", privateKey), "PRIVATE KEY"),
  );
}

const pem = (text: string) => `${text.trim()}\n`;
