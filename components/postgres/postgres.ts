import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PostgresValues } from "../../settings";
import { labels, type Service, selectorLabels } from "../kubernetes/labels";
import type { Namespace } from "../kubernetes/namespace";
import { fromSecret, imageName, podTemplate, probes } from "../kubernetes/pod";
import { createPassword } from "../kubernetes/secret";
import { clusterService } from "../kubernetes/service";
import { dataVolume } from "../kubernetes/volume";
import { type DatabaseAccess, type DatabaseServer, Databases } from "./database";

export interface PostgresArgs {
  /** Namespace to live in. */
  namespace: Namespace;
  /** Name of the stack. */
  stack: string;
  values: PostgresValues;
  /** Each gets a role and a database of its own, by its name: lower-case letters, digits and `_`. */
  clients: readonly string[];
  /** True: the volume outlives the server. */
  keepData: boolean;
  /** Of the passwords: counted up, each role is given a new one. */
  secretsGeneration: number;
}

const serviceName = "postgres";
const component = "server";
const configDir = "/etc/postgres-config";
const volumeDir = "/var/lib/postgresql/data";
const socketDir = "/var/run/postgresql";
/** User `postgres` of the official Debian image. */
const uid = 999;

/** One PostgreSQL server, with a database and a role for each of its clients. */
export class Postgres extends pulumi.ComponentResource implements DatabaseServer {
  /** Ready once it takes connections. */
  readonly server: k8s.apps.v1.StatefulSet;
  readonly superuser: DatabaseAccess;
  private readonly databases: Databases;

  constructor(name: string, args: PostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Postgres", name, {}, opts);
    const parts: Parts = {
      name,
      args,
      service: {
        name: "postgres",
        version: args.values.image.tag,
        stack: args.stack,
      },
      child: { ...args.namespace.inhabitant, parent: this },
    };
    const password = { length: 32, generation: args.secretsGeneration };
    const superuser = createPassword(`${name}-superuser-password`, password, this);
    const passwords = new Map(
      args.clients.map((client) => [
        client,
        createPassword(`${name}-${client}-password`, password, this),
      ]),
    );
    const secrets = secretData(superuser, passwords);
    const secret = createSecret(parts, secrets);
    const config = createConfig(parts);
    createService(parts);
    this.server = createServer(parts, { config, secret, secrets });
    this.superuser = {
      host: serviceName,
      port: args.values.service.port,
      name: "postgres",
      username: "postgres",
      password: superuser,
    };
    this.databases = new Databases(
      new Map(
        [...passwords].map(([client, password]) => [
          client,
          { ...this.superuser, name: client, username: client, password },
        ]),
      ),
    );
    this.registerOutputs({ host: serviceName });
  }

  access(client: string): DatabaseAccess {
    return this.databases.access(client);
  }

  nameOf(client: string): string {
    return client;
  }
}

interface Parts {
  name: string;
  args: PostgresArgs;
  service: Service;
  child: pulumi.CustomResourceOptions;
}

type SecretData = Record<string, pulumi.Output<string>>;

function secretData(
  superuser: pulumi.Output<string>,
  passwords: ReadonlyMap<string, pulumi.Output<string>>,
): SecretData {
  return {
    SUPERUSER_PASSWORD: superuser,
    ...Object.fromEntries(
      [...passwords].map(([client, password]) => [`PASSWORD_${client}`, password]),
    ),
  };
}

/** Named by Pulumi, as the config is: replaced under a name of its own, it would take the server with it. */
function createSecret(
  { name, args, service, child }: Parts,
  stringData: SecretData,
): k8s.core.v1.Secret {
  return new k8s.core.v1.Secret(
    `${name}-secret`,
    {
      metadata: {
        namespace: args.namespace.name,
        labels: labels(service, component),
      },
      stringData,
    },
    child,
  );
}

/** Named by Pulumi, so that a change makes a second one that the server is restarted with. */
function createConfig({ name, args, service, child }: Parts): k8s.core.v1.ConfigMap {
  const settings: Record<string, string> = {
    listen_addresses: "*",
    port: String(args.values.service.port),
    unix_socket_directories: socketDir,
    password_encryption: "scram-sha-256",
    hba_file: `${configDir}/pg_hba.conf`,
    log_timezone: "UTC",
    timezone: "UTC",
    ...args.values.config,
  };
  const quoted = ([key, value]: [string, string]) => `${key} = '${value.replaceAll("'", "''")}'\n`;
  return new k8s.core.v1.ConfigMap(
    `${name}-config`,
    {
      metadata: { namespace: args.namespace.name, labels: labels(service, component) },
      data: {
        "postgresql.conf": `${Object.entries(settings).map(quoted).join("")}include '${volumeDir}/data_directory.conf'\n`,
        "pg_hba.conf": "local all all scram-sha-256\nhost all all all scram-sha-256\n",
        "bootstrap.sh": readFileSync(join(__dirname, "bootstrap.sh"), "utf8"),
      },
    },
    child,
  );
}

function createService({ name, args, service, child }: Parts): void {
  const pods = { name: serviceName, namespace: args.namespace, service, component };
  clusterService(
    `${name}-service`,
    { ...pods, ports: { postgres: args.values.service.port } },
    child,
  );
}

interface References {
  config: k8s.core.v1.ConfigMap;
  secret: k8s.core.v1.Secret;
  secrets: SecretData;
}

function createServer(
  { name, args, service, child }: Parts,
  { config, secret, secrets }: References,
): k8s.apps.v1.StatefulSet {
  const { namespace, values, clients, keepData } = args;
  const { volumes, options, claims } = dataVolume("data", values.persistence, keepData);
  const programs = `/usr/lib/postgresql/${values.majorVersion}/bin`;
  const container = {
    image: imageName(values.image),
    imagePullPolicy: values.image.pullPolicy,
    resources: values.resources,
    volumeMounts: [
      { name: "config", mountPath: configDir, readOnly: true },
      { name: "data", mountPath: volumeDir },
      { name: "socket", mountPath: socketDir },
    ],
  };
  return new k8s.apps.v1.StatefulSet(
    `${name}-server`,
    {
      metadata: {
        name: serviceName,
        namespace: namespace.name,
        labels: labels(service, component),
      },
      spec: {
        serviceName,
        replicas: 1,
        selector: { matchLabels: selectorLabels(service, component) },
        ...claims,
        template: podTemplate({
          service,
          component,
          uid,
          values,
          secrets,
          initContainers: [
            {
              ...container,
              name: "bootstrap",
              // The image must have a shell: initdb itself runs the server through it.
              command: ["sh", `${configDir}/bootstrap.sh`],
              env: [
                { name: "BIN", value: programs },
                { name: "VOLUME", value: volumeDir },
                { name: "CLIENTS", value: clients.join(" ") },
                ...Object.keys(secrets).map((key) => fromSecret(key, secret, key)),
              ],
            },
          ],
          containers: [
            {
              ...container,
              name: "postgres",
              // Images of PostgreSQL stop it by SIGINT: SIGTERM would wait for the clients to leave.
              command: [`${programs}/postgres`, `--config-file=${configDir}/postgresql.conf`],
              ports: [{ name: "postgres", containerPort: values.service.port }],
              ...probes(
                {
                  exec: {
                    command: [
                      `${programs}/pg_isready`,
                      "--host=127.0.0.1",
                      `--port=${values.service.port}`,
                      "--timeout=3",
                    ],
                  },
                },
                { startSeconds: 120 },
              ),
            },
          ],
          volumes: [
            { name: "config", configMap: { name: config.metadata.name } },
            { name: "socket", emptyDir: {} },
            ...volumes,
          ],
        }),
      },
    },
    { ...child, ...options },
  );
}
