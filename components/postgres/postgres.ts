import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { CertificateAuthority } from "../../resources/tls/authority";
import { Certificate } from "../../resources/tls/certificate";
import type { MonitoringValues, PostgresValues } from "../../settings";
import { namesOfService, type SignedBy } from "../authority";
import { App } from "../kubernetes/app";
import {
  createConfigMap,
  createSecret,
  type HeldSecrets,
  secretVariables,
} from "../kubernetes/config";
import type { Namespace } from "../kubernetes/namespace";
import { containerImage, probes } from "../kubernetes/pod";
import { createPassword } from "../kubernetes/secret";
import { dataVolume } from "../kubernetes/volume";
import { createStatefulSet } from "../kubernetes/workload";
import { createDatabases, type Databases, uid } from "./databases";
import { createMetrics, monitorRole, type PostgresMetrics } from "./metrics";
import { scramVerifier } from "./scram";

export interface PostgresArgs {
  /** Namespace to live in. */
  readonly namespace: Namespace;
  readonly values: PostgresValues;
  /** Each gets a role and a database of its own, by its name: lower-case letters, digits and `_`. */
  readonly clients: readonly string[];
  /** What tells its metrics, in its pod. Default: nothing does. */
  readonly exporter?: MonitoringValues["postgresExporter"];
  /** Signs the server's certificate, where `tls.enabled`. */
  readonly authority: CertificateAuthority;
  /** Of the passwords and the certificate: counted up, each role is given a new one. */
  readonly secretsGeneration: number;
}

const serviceName = "postgres";
const component = "server";
const configDir = "/etc/postgres-config";
const volumeDir = "/var/lib/postgresql/data";
const tlsDir = "/etc/postgres-tls";
const socketDir = "/var/run/postgresql";

/** One PostgreSQL server, with a database and a role for each of its clients. */
export class Postgres extends pulumi.ComponentResource {
  /** Ready once it takes connections. */
  readonly server: k8s.apps.v1.StatefulSet;
  readonly databases: Databases;

  constructor(name: string, args: PostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Postgres", name, {}, opts);
    const { namespace, values, secretsGeneration: generation } = args;
    const version = values.image.tag;
    const app = new App({ name: "postgres", version, namespace, parent: this, resourceName: name });
    const password = createPassword(app, "superuser-password", { length: 32, generation });
    const config = createConfig(app, values, args.exporter !== undefined);
    const secrets = createSecret(app, component, {
      SUPERUSER_VERIFIER: password.apply((text) => scramVerifier("postgres", text)),
    });
    const { authority } = args;
    const signed = values.tls.enabled
      ? createCertificate(app, { authority, generation })
      : undefined;
    const tls = signed?.files;
    const metrics = args.exporter && createMetrics(app, args.exporter, args);
    this.server = createServer(app, values, { config, secrets, tls, metrics });
    this.databases = createDatabases(app, {
      ...args,
      administrator: {
        host: serviceName,
        port: values.service.port,
        name: "postgres",
        username: "postgres",
        password,
        ...(tls && { sslMode: "verify-full", authority: authority.certificate }),
      },
      nameOf: (client) => client,
      monitor: metrics?.login,
      certificate: signed?.certificate,
      server: this.server,
    });
    this.registerOutputs({ host: serviceName });
  }
}

/** The server's certificate and key, as the files that it reads. */
function createCertificate(
  app: App,
  { authority, generation }: SignedBy,
): { files: HeldSecrets; certificate: pulumi.Output<string> } {
  const { certificate, privateKey } = new Certificate(
    `${app.resourceName}-certificate`,
    { authority, generation, commonName: serviceName, dnsNames: namesOfService(app, serviceName) },
    { parent: app.parent },
  );
  const files = { [tlsFiles.certificate]: certificate, [tlsFiles.key]: privateKey };
  return { files: createSecret(app, component, files, "certificate-files"), certificate };
}

const tlsFiles = { certificate: "server.crt", key: "server.key" };

/**
 * A role reaches the database of its own name alone; the superuser each. The one that reads statistics comes from the server's own pod,
 * where nothing need be encrypted.
 */
function accessRules(tls: boolean, isMonitored: boolean): string {
  const host = tls ? "hostssl" : "host";
  return [
    "local all postgres scram-sha-256",
    `${host} all postgres all scram-sha-256`,
    ...(isMonitored ? [`host postgres ${monitorRole} 127.0.0.1/32 scram-sha-256`] : []),
    `${host} sameuser all all scram-sha-256`,
    "",
  ].join("\n");
}

function createConfig(
  app: App,
  values: PostgresValues,
  isMonitored: boolean,
): k8s.core.v1.ConfigMap {
  const settings: Record<string, string> = {
    listen_addresses: "*",
    port: String(values.service.port),
    unix_socket_directories: socketDir,
    password_encryption: "scram-sha-256",
    hba_file: `${configDir}/pg_hba.conf`,
    log_timezone: "UTC",
    timezone: "UTC",
    ...(values.tls.enabled && {
      ssl: "on",
      ssl_cert_file: `${tlsDir}/${tlsFiles.certificate}`,
      ssl_key_file: `${tlsDir}/${tlsFiles.key}`,
      ssl_min_protocol_version: "TLSv1.2",
    }),
    ...values.config,
  };
  const quoted = ([key, value]: [string, string]) => `${key} = '${value.replaceAll("'", "''")}'\n`;
  return createConfigMap(app, component, {
    "postgresql.conf": `${Object.entries(settings).map(quoted).join("")}include '${volumeDir}/data_directory.conf'\n`,
    "pg_hba.conf": accessRules(values.tls.enabled, isMonitored),
    "bootstrap.sh": readFileSync(join(__dirname, "bootstrap.sh"), "utf8"),
  });
}

interface ServerFiles {
  readonly config: k8s.core.v1.ConfigMap;
  readonly secrets: HeldSecrets;
  /** Undefined: connections are in clear. */
  readonly tls: HeldSecrets | undefined;
  readonly metrics: PostgresMetrics | undefined;
}

function createServer(
  app: App,
  values: PostgresValues,
  { config, secrets, tls, metrics }: ServerFiles,
): k8s.apps.v1.StatefulSet {
  const data = dataVolume(app, "data", values.persistence);
  const programs = `/usr/lib/postgresql/${values.majorVersion}/bin`;
  const { port } = values.service;
  const isReady = ["--host=127.0.0.1", `--port=${port}`, "--timeout=3"];
  const container = {
    ...containerImage(values.image),
    resources: values.resources,
    volumeMounts: [
      { name: "config", mountPath: configDir, readOnly: true },
      { name: "data", mountPath: volumeDir },
      { name: "socket", mountPath: socketDir },
    ],
  };
  return createStatefulSet(app, {
    component,
    name: serviceName,
    ports: { service: { postgres: port } },
    data,
    pod: {
      uid,
      values,
      secrets: { ...secrets.data, ...tls?.data, ...metrics?.secrets },
      annotations: metrics?.annotations,
      sidecars: metrics?.sidecars,
      initContainers: [
        {
          ...container,
          name: "bootstrap",
          // The image must have a shell: initdb itself runs the server through it.
          command: ["sh", `${configDir}/bootstrap.sh`],
          env: [
            { name: "BIN", value: programs },
            { name: "VOLUME", value: volumeDir },
            ...secretVariables(secrets),
          ],
        },
      ],
      container: {
        ...container,
        name: "postgres",
        volumeMounts: [
          ...container.volumeMounts,
          ...(tls ? [{ name: "tls", mountPath: tlsDir, readOnly: true }] : []),
        ],
        // Images of PostgreSQL stop it by SIGINT: SIGTERM would wait for the clients to leave.
        command: [`${programs}/postgres`, `--config-file=${configDir}/postgresql.conf`],
        ...probes(
          { exec: { command: [`${programs}/pg_isready`, ...isReady] } },
          { startSeconds: 120 },
        ),
      },
      volumes: [
        { name: "config", configMap: { name: config.metadata.name } },
        { name: "socket", emptyDir: {} },
        ...(tls ? [tlsVolume(tls)] : []),
        ...data.volumes,
      ],
    },
  });
}

/** PostgreSQL refuses a key that others than root and its group may read. */
function tlsVolume({ secret }: HeldSecrets): k8s.types.input.core.v1.Volume {
  return { name: "tls", secret: { secretName: secret.metadata.name, defaultMode: 0o440 } };
}
