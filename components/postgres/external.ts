import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PostgresUrl } from "../../settings/postgres-url";
import { App } from "../kubernetes/app";
import { createConfigMap, createSecret, type Data, secretVariables } from "../kubernetes/config";
import { allowEgress } from "../kubernetes/network";
import { containerImage } from "../kubernetes/pod";
import { createPassword } from "../kubernetes/secret";
import { createJob } from "../kubernetes/workload";
import { type DatabaseAccess, type DatabaseServer, Databases } from "./database";
import type { PostgresArgs } from "./postgres";

/** A server that is there already, and a user who may make roles and databases in it. */
export interface ExternalDatabase extends PostgresUrl {
  password: pulumi.Output<string>;
}

export interface ExternalPostgresArgs extends PostgresArgs {
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
    const { namespace, external, values, clients, secretsGeneration: generation } = args;
    const version = values.image.tag;
    const app = new App({ name: "postgres", version, namespace, parent: this, resourceName: name });
    const passwords = new Map(
      clients.map((client) => [
        client,
        createPassword(app, `${client}-password`, { length: 32, generation }),
      ]),
    );
    allowEgress(app, component, [external.port]);
    this.job = createDatabases(
      app,
      args,
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

/** A change of passwords or of clients makes and runs another. */
function createDatabases(
  app: App,
  { values, external }: ExternalPostgresArgs,
  databases: readonly string[],
  data: Data,
): k8s.batch.v1.Job {
  const secrets = createSecret(app, component, data);
  const script = readFileSync(join(__dirname, "databases.sh"), "utf8");
  const config = createConfigMap(app, component, { "databases.sh": script });
  return createJob(app, {
    component,
    backoffLimit: 3,
    pod: {
      uid,
      values,
      secrets: data,
      container: {
        ...containerImage(values.image),
        name: component,
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
          ...secretVariables(secrets),
        ],
        volumeMounts: [{ name: "config", mountPath: scriptDir, readOnly: true }],
      },
      volumes: [{ name: "config", configMap: { name: config.metadata.name } }],
    },
  });
}
