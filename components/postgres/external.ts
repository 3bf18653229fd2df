import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PostgresUrl } from "../../settings";
import { labels, type Service } from "../kubernetes/labels";
import { fromSecret, imageName, podTemplate } from "../kubernetes/pod";
import { createPassword } from "../kubernetes/secret";
import { type DatabaseAccess, type DatabaseServer, Databases } from "./database";
import type { PostgresArgs } from "./postgres";

/** A server that is there already, and a user who may make roles and databases in it. */
export interface ExternalDatabase extends PostgresUrl {
  password: pulumi.Output<string>;
}

export interface ExternalPostgresArgs extends Omit<PostgresArgs, "keepData"> {
  external: ExternalDatabase;
}

const component = "databases";
const scriptDir = "/etc/postgres-config";
/** User `postgres` of the official Debian image, of which only the client is used. */
const uid = 999;
/** PostgreSQL cuts longer names off. */
const longestName = 63;

/**
 * Databases and roles in a PostgreSQL server that is none of the stack's, made by a Job. Their names begin with the
 * project's and the stack's, so that stacks can share a server. A destroy leaves them: only their owner can tell what else uses them.
 */
export class ExternalPostgres extends pulumi.ComponentResource implements DatabaseServer {
  readonly superuser: DatabaseAccess;
  /** Complete once each client has its role, with its present password, and its database. */
  readonly job: k8s.batch.v1.Job;
  private readonly databases: Databases;

  constructor(name: string, args: ExternalPostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:ExternalPostgres", name, {}, opts);
    const { external, values, clients, secretsGeneration: generation } = args;
    const parts: Parts = {
      name,
      args,
      service: { name: "postgres", version: values.image.tag, stack: args.stack },
      child: { ...args.namespace.inhabitant, parent: this },
    };
    const passwords = new Map(
      clients.map((client) => [
        client,
        createPassword(`${name}-${client}-password`, { length: 32, generation }, this),
      ]),
    );
    createEgress(parts);
    this.job = createJob(
      parts,
      clients.map((client) => this.nameOf(client)),
      {
        PGPASSWORD: external.password,
        ...Object.fromEntries(
          [...passwords].map(([client, password]) => [`PASSWORD_${this.nameOf(client)}`, password]),
        ),
      },
    );
    this.superuser = external;
    this.databases = new Databases(
      new Map(
        [...passwords].map(([client, password]) => {
          const own = this.nameOf(client);
          return [client, { ...external, name: own, username: own, password, maker: this.job }];
        }),
      ),
    );
    this.registerOutputs({ host: external.host });
  }

  access(client: string): DatabaseAccess {
    return this.databases.access(client);
  }

  /** @throws Error when the names of project, stack and client together are too long for PostgreSQL */
  nameOf(client: string): string {
    const name = [pulumi.getProject(), pulumi.getStack(), client]
      .join("_")
      .toLowerCase()
      .replaceAll(/[^a-z0-9_]/g, "_");
    if (name.length > longestName) {
      throw new Error(`${name} is longer than a role's name may be, ${longestName} characters`);
    }
    return name;
  }
}

interface Parts {
  name: string;
  args: ExternalPostgresArgs;
  service: Service;
  child: pulumi.CustomResourceOptions;
}

/** Lets the namespace's pods out to the server, by its port: a policy knows no names of hosts. */
function createEgress({ name, args, service, child }: Parts): void {
  const { namespace, external } = args;
  if (!namespace.restrictEgress) return;
  new k8s.networking.v1.NetworkPolicy(
    `${name}-egress`,
    {
      metadata: {
        name: "postgres-egress",
        namespace: namespace.name,
        labels: labels(service, component),
      },
      spec: {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [{ ports: [{ protocol: "TCP", port: external.port }] }],
      },
    },
    child,
  );
}

/** A change of passwords or of clients makes and runs another. */
function createJob(
  { name, args, service, child }: Parts,
  databases: readonly string[],
  secrets: Record<string, pulumi.Output<string>>,
): k8s.batch.v1.Job {
  const { namespace, values, external } = args;
  const metadata = { namespace: namespace.name, labels: labels(service, component) };
  const secret = new k8s.core.v1.Secret(`${name}-secret`, { metadata, stringData: secrets }, child);
  const script = readFileSync(join(__dirname, "databases.sh"), "utf8");
  const config = new k8s.core.v1.ConfigMap(
    `${name}-config`,
    { metadata, data: { "databases.sh": script } },
    child,
  );
  return new k8s.batch.v1.Job(
    `${name}-databases`,
    {
      metadata,
      spec: {
        backoffLimit: 3,
        activeDeadlineSeconds: namespace.jobDeadlineSeconds,
        template: podTemplate({
          service,
          component,
          uid,
          values,
          secrets,
          restartPolicy: "Never",
          containers: [
            {
              name: component,
              image: imageName(values.image),
              imagePullPolicy: values.image.pullPolicy,
              resources: values.resources,
              terminationMessagePolicy: "FallbackToLogsOnError",
              command: ["sh", `${scriptDir}/databases.sh`],
              env: [
                { name: "BIN", value: `/usr/lib/postgresql/${values.majorVersion}/bin` },
                { name: "DATABASES", value: databases.join(" ") },
                { name: "PGHOST", value: external.host },
                { name: "PGPORT", value: String(external.port) },
                { name: "PGDATABASE", value: external.name },
                { name: "PGUSER", value: external.username },
                { name: "PGSSLMODE", value: external.sslMode },
                { name: "PGCONNECT_TIMEOUT", value: "10" },
                ...Object.keys(secrets).map((key) => fromSecret(key, secret, key)),
              ],
              volumeMounts: [{ name: "config", mountPath: scriptDir, readOnly: true }],
            },
          ],
          volumes: [{ name: "config", configMap: { name: config.metadata.name } }],
        }),
      },
    },
    child,
  );
}
