import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { MonitoringValues, PostgresValues } from "../../settings";
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
import { createMetrics, type PostgresMetrics } from "./metrics";

export interface PostgresArgs {
  /** Namespace to live in. */
  readonly namespace: Namespace;
  readonly values: PostgresValues;
  /** Each gets a role and a database of its own, by its name: lower-case letters, digits and `_`. */
  readonly clients: readonly string[];
  /** What tells its metrics, in its pod. Default: nothing does. */
  readonly exporter?: MonitoringValues["postgresExporter"];
  /** Of the passwords: counted up, each role is given a new one. */
  readonly secretsGeneration: number;
}

const serviceName = "postgres";
const component = "server";
const configDir = "/etc/postgres-config";
const volumeDir = "/var/lib/postgresql/data";
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
    const config = createConfig(app, values);
    const secrets = createSecret(app, component, { SUPERUSER_PASSWORD: password });
    const metrics = args.exporter && createMetrics(app, args.exporter, args);
    this.server = createServer(app, { values, config, secrets, metrics });
    this.databases = createDatabases(app, {
      ...args,
      administrator: {
        host: serviceName,
        port: values.service.port,
        name: "postgres",
        username: "postgres",
        password,
      },
      nameOf: (client) => client,
      monitor: metrics?.login,
      server: this.server,
    });
    this.registerOutputs({ host: serviceName });
  }
}

function createConfig(app: App, values: PostgresValues): k8s.core.v1.ConfigMap {
  const settings: Record<string, string> = {
    listen_addresses: "*",
    port: String(values.service.port),
    unix_socket_directories: socketDir,
    password_encryption: "scram-sha-256",
    hba_file: `${configDir}/pg_hba.conf`,
    log_timezone: "UTC",
    timezone: "UTC",
    ...values.config,
  };
  const quoted = ([key, value]: [string, string]) => `${key} = '${value.replaceAll("'", "''")}'\n`;
  return createConfigMap(app, component, {
    "postgresql.conf": `${Object.entries(settings).map(quoted).join("")}include '${volumeDir}/data_directory.conf'\n`,
    "pg_hba.conf": "local all all scram-sha-256\nhost all all all scram-sha-256\n",
    "bootstrap.sh": readFileSync(join(__dirname, "bootstrap.sh"), "utf8"),
  });
}

interface ServerArgs {
  readonly values: PostgresValues;
  readonly config: k8s.core.v1.ConfigMap;
  readonly secrets: HeldSecrets;
  readonly metrics?: PostgresMetrics;
}

function createServer(
  app: App,
  { values, config, secrets, metrics }: ServerArgs,
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
      secrets: { ...secrets.data, ...metrics?.secrets },
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
        ...data.volumes,
      ],
    },
  });
}
