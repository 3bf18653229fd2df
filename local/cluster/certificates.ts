import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { run } from "../command";
import { writePrivate } from "../files";
import { kubeContext, kubeconfigPath, nodeAddress } from "../paths";
import { apiServiceIp, layout, nodeName, ports } from "./layout";

/** Days that all of them are valid: they live as long as the cluster's state does. */
const validDays = 3650;

/** Who signs what: the cluster's own, its store's, and that of APIs behind the API server. */
const authorities = ["ca", "etcd-ca", "front-proxy-ca"] as const;

type Authority = (typeof authorities)[number];

interface Certificate {
  readonly file: string;
  /** As in openssl's -subj: `/O=group/CN=user`. */
  readonly subject: string;
  /** Default: `ca`. */
  readonly authority?: Authority;
  /** What a server is found by, as in `DNS:localhost,IP:127.0.0.1`; without, it is a client's. */
  readonly names?: string;
}

/** The users of the API. Each gets a kubeconfig of its own. */
const users: readonly Certificate[] = [
  { file: "kubelet", subject: `/O=system:nodes/CN=system:node:${nodeName}` },
  { file: "kube-controller-manager", subject: "/CN=system:kube-controller-manager" },
  { file: "kube-scheduler", subject: "/CN=system:kube-scheduler" },
  { file: "kube-proxy", subject: "/CN=system:kube-proxy" },
  { file: "kube-router", subject: "/CN=realtime-analytics:kube-router" },
  { file: "local-volumes", subject: "/CN=realtime-analytics:local-volumes" },
  { file: "admin", subject: `/O=system:masters/CN=${kubeContext}` },
];

const service = "DNS:kubernetes.default.svc";
const apiServerNames =
  `DNS:kubernetes,DNS:kubernetes.default,${service},${service}.cluster.local,DNS:localhost,` +
  `IP:${nodeAddress},IP:${apiServiceIp},IP:127.0.0.1`;

const certificates: readonly Certificate[] = [
  { file: "apiserver", subject: "/CN=kube-apiserver", names: apiServerNames },
  {
    file: "kubelet-server",
    subject: `/CN=${nodeName}`,
    names: `DNS:${nodeName},IP:${nodeAddress}`,
  },
  { file: "apiserver-kubelet", subject: "/O=system:masters/CN=kube-apiserver-kubelet-client" },
  { file: "etcd", subject: "/CN=etcd", authority: "etcd-ca", names: "DNS:localhost,IP:127.0.0.1" },
  { file: "apiserver-etcd", subject: "/CN=kube-apiserver", authority: "etcd-ca" },
  { file: "front-proxy-client", subject: "/CN=front-proxy-client", authority: "front-proxy-ca" },
  ...users,
];

/** Makes the keys and certificates that are not there yet, and writes the kubeconfigs. */
export async function ensureCertificates(): Promise<void> {
  mkdirSync(layout.pki, { recursive: true, mode: 0o700 });
  writeFileSync(join(layout.pki, "openssl.cnf"), "[req]\ndistinguished_name = dn\n[dn]\n");
  await Promise.all(authorities.filter(isMissing).map(makeAuthority));
  await Promise.all(certificates.filter(({ file }) => isMissing(file)).map(makeCertificate));
  if (!existsSync(join(layout.pki, "service-accounts.key"))) makeServiceAccountKeys();
  for (const { file } of users) {
    writePrivate(join(layout.pki, `${file}.kubeconfig`), kubeconfig(file));
  }
  writePrivate(kubeconfigPath, kubeconfig("admin"));
}

function isMissing(file: string): boolean {
  return !existsSync(join(layout.pki, `${file}.crt`));
}

/** The pair that signs the tokens of service accounts. The key last: it says that both are there. */
function makeServiceAccountKeys(): void {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const file = join(layout.pki, "service-accounts");
  writePrivate(`${file}.pub`, publicKey.export({ type: "spki", format: "pem" }));
  writePrivate(`${file}.key`, privateKey.export({ type: "pkcs8", format: "pem" }));
}

function makeAuthority(name: Authority): Promise<void> {
  return openssl(name, `/CN=${name === "ca" ? "kubernetes" : name}`, [
    "basicConstraints=critical,CA:TRUE",
    "keyUsage=critical,keyCertSign,cRLSign,digitalSignature",
    "subjectKeyIdentifier=hash",
  ]);
}

function makeCertificate(certificate: Certificate): Promise<void> {
  const { file, subject, authority = "ca", names } = certificate;
  // etcd calls itself.
  const usage = names ? `serverAuth${file === "etcd" ? ",clientAuth" : ""}` : "clientAuth";
  const extensions = [
    "basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature",
    `extendedKeyUsage=${usage}`,
    ...(names ? [`subjectAltName=${names}`] : []),
  ];
  const signer = ["-CA", `${authority}.crt`, "-CAkey", `${authority}.key`];
  return openssl(file, subject, extensions, signer);
}

async function openssl(
  file: string,
  subject: string,
  extensions: readonly string[],
  signer: readonly string[] = [],
): Promise<void> {
  const key = join(layout.pki, `${file}.key`);
  // OpenSSL makes a new key file of mode 0600, but keeps the mode of one that is there.
  writePrivate(key, "");
  const args = [
    ...["req", "-x509", "-config", "openssl.cnf", "-days", String(validDays), "-sha256"],
    ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"],
    ...["-subj", subject, "-keyout", key, "-out", `${file}.crt.tmp`],
    ...extensions.flatMap((extension) => ["-addext", extension]),
  ];
  await run("openssl", [...args, ...signer], { cwd: layout.pki });
  // Last, since the certificate's file says that its key is there.
  renameSync(join(layout.pki, `${file}.crt.tmp`), join(layout.pki, `${file}.crt`));
}

function kubeconfig(user: string): string {
  const data = (file: string) => readFileSync(join(layout.pki, file)).toString("base64");
  const server = `https://${nodeAddress}:${ports.apiServer}`;
  const client = {
    "client-certificate-data": data(`${user}.crt`),
    "client-key-data": data(`${user}.key`),
  };
  const cluster = { server, "certificate-authority-data": data("ca.crt") };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: kubeContext, cluster }],
    users: [{ name: kubeContext, user: client }],
    contexts: [{ name: kubeContext, context: { cluster: kubeContext, user: kubeContext } }],
    "current-context": kubeContext,
  });
}
