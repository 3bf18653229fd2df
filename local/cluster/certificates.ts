import { generateKeyPairSync } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { kubeContext, kubeconfigPath, nodeAddress } from "../paths";
import { run } from "./command";
import { writePrivate } from "./files";
import { layout, nodeName, ports } from "./layout";
import { apiServerNames } from "./programs";

/** Days that all of them are valid: they live as long as the cluster's state does. */
const validDays = 3650;

interface Certificate {
  readonly file: string;
  /** As in openssl's -subj: `/O=group/CN=user`. */
  readonly subject: string;
  readonly authority: "ca" | "etcd-ca";
  readonly usage: "clientAuth" | "serverAuth" | "serverAuth,clientAuth";
  /** As in `DNS:localhost,IP:127.0.0.1`. */
  readonly names?: string;
}

/** The users of the API: file, user name, group. Each gets a kubeconfig of its own. */
const users = [
  { file: "kubelet", name: `system:node:${nodeName}`, group: "system:nodes" },
  { file: "kube-controller-manager", name: "system:kube-controller-manager" },
  { file: "kube-scheduler", name: "system:kube-scheduler" },
  { file: "kube-proxy", name: "system:kube-proxy" },
  { file: "local-volumes", name: "realtime-analytics:local-volumes" },
  { file: "admin", name: kubeContext, group: "system:masters" },
] as const;

const certificates: readonly Certificate[] = [
  {
    file: "apiserver",
    subject: "/CN=kube-apiserver",
    authority: "ca",
    usage: "serverAuth",
    names: [
      ...apiServerNames.dns.map((name) => `DNS:${name}`),
      ...apiServerNames.ips.map((ip) => `IP:${ip}`),
    ].join(","),
  },
  {
    file: "kubelet-server",
    subject: `/CN=${nodeName}`,
    authority: "ca",
    usage: "serverAuth",
    names: `DNS:${nodeName},IP:${nodeAddress}`,
  },
  {
    file: "apiserver-kubelet",
    subject: "/O=system:masters/CN=kube-apiserver-kubelet-client",
    authority: "ca",
    usage: "clientAuth",
  },
  {
    file: "etcd",
    subject: "/CN=etcd",
    authority: "etcd-ca",
    usage: "serverAuth,clientAuth",
    names: "DNS:localhost,IP:127.0.0.1",
  },
  {
    file: "apiserver-etcd",
    subject: "/CN=kube-apiserver",
    authority: "etcd-ca",
    usage: "clientAuth",
  },
  ...users.map(
    (user): Certificate => ({
      file: user.file,
      subject: `${"group" in user ? `/O=${user.group}` : ""}/CN=${user.name}`,
      authority: "ca",
      usage: "clientAuth",
    }),
  ),
];

/** Makes all keys and certificates once, and writes the kubeconfigs. Keys are of mode 0600. */
export async function ensureCertificates(): Promise<void> {
  if (!existsSync(layout.pki)) {
    const fresh = `${layout.pki}.tmp`;
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true, mode: 0o700 });
    await makeAll(fresh);
    renameSync(fresh, layout.pki); // all or nothing: half a set is made anew
  }
  for (const user of users)
    writePrivate(join(layout.pki, `${user.file}.kubeconfig`), kubeconfig(user.file));
  writePrivate(kubeconfigPath, kubeconfig("admin"));
}

async function makeAll(folder: string): Promise<void> {
  writeFileSync(join(folder, "openssl.cnf"), "[req]\ndistinguished_name = dn\n[dn]\n");
  await makeAuthority(folder, "ca", "/CN=kubernetes");
  await makeAuthority(folder, "etcd-ca", "/CN=etcd-ca");
  await Promise.all(certificates.map((certificate) => makeCertificate(folder, certificate)));
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  writeFileSync(join(folder, "service-accounts.pub"), publicKey);
  writeFileSync(join(folder, "service-accounts.key"), privateKey, { mode: 0o600 });
}

function makeAuthority(folder: string, file: string, subject: string): Promise<void> {
  return openssl(folder, file, subject, [
    "basicConstraints=critical,CA:TRUE",
    "keyUsage=critical,keyCertSign,cRLSign,digitalSignature",
    "subjectKeyIdentifier=hash",
  ]);
}

function makeCertificate(folder: string, certificate: Certificate): Promise<void> {
  const { file, subject, authority, usage, names } = certificate;
  return openssl(
    folder,
    file,
    subject,
    [
      "basicConstraints=critical,CA:FALSE",
      "keyUsage=critical,digitalSignature",
      `extendedKeyUsage=${usage}`,
      ...(names ? [`subjectAltName=${names}`] : []),
    ],
    ["-CA", `${authority}.crt`, "-CAkey", `${authority}.key`],
  );
}

async function openssl(
  folder: string,
  file: string,
  subject: string,
  extensions: readonly string[],
  signer: readonly string[] = [],
): Promise<void> {
  await run(
    "openssl",
    [
      ...["req", "-x509", "-config", "openssl.cnf", "-days", String(validDays), "-sha256"],
      ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"],
      ...["-subj", subject, "-keyout", `${file}.key`, "-out", `${file}.crt`],
      ...extensions.flatMap((extension) => ["-addext", extension]),
      ...signer,
    ],
    { cwd: folder },
  );
  chmodSync(join(folder, `${file}.key`), 0o600);
}

function kubeconfig(user: string): string {
  const data = (file: string) => readFileSync(join(layout.pki, file)).toString("base64");
  const server = `https://${nodeAddress}:${ports.apiServer}`;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name: kubeContext, cluster: { server, "certificate-authority-data": data("ca.crt") } },
    ],
    users: [
      {
        name: kubeContext,
        user: {
          "client-certificate-data": data(`${user}.crt`),
          "client-key-data": data(`${user}.key`),
        },
      },
    ],
    contexts: [{ name: kubeContext, context: { cluster: kubeContext, user: kubeContext } }],
    "current-context": kubeContext,
  });
}
