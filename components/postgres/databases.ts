import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PostgresValues } from "../../settings";
import type { App } from "../kubernetes/app";
import {
  createConfigMap,
  createSecret,
  type HeldSecrets,
  secretVariables,
} from "../kubernetes/config";
import { containerImage } from "../kubernetes/pod";
import { createPassword } from "../kubernetes/secret";
import { createJob } from "../kubernetes/workload";
import { authorityData, type DatabaseAccess, sslVariables } from "./database";
import type { MonitorLogin } from "./metrics";
import { scramVerifier } from "./scram";

export interface DatabasesArgs {
  /** Of the image that has psql. */
  readonly values: PostgresValues;
  /** A user of the server who may make roles and databases. */
  readonly administrator: DatabaseAccess;
  /** Each gets a role and a database of its own. */
  readonly clients: readonly string[];
  /** Name of a client's role and database. */
  readonly nameOf: (client: string) => string;
  /** Of the passwords: counted up, each role is given a new one. */
  readonly secretsGeneration: number;
  /** The server's own, as PEM. Default: none. */
  readonly certificate?: pulumi.Output<string>;
  /** A role that may read statistics. Default: none. */
  readonly monitor?: MonitorLogin;
  /** The server. Default: one that is there already. */
  readonly server?: pulumi.Resource;
}

const component = "databases";
const scriptDir = "/etc/postgres-config";
/** User `postgres` of the official Debian image. */
export const uid = 999;

/** The roles and databases of a server, by client. */
export class Databases {
  /** @param certificate the server's, as PEM. Undefined: it has none of the stack's. */
  constructor(
    private readonly byClient: ReadonlyMap<string, DatabaseAccess>,
    readonly certificate?: pulumi.Output<string>,
  ) {}

  /**
   * How `client` reaches its database.
   *
   * @throws Error when it isn't one that the server was told of
   */
  access(client: string): DatabaseAccess {
    const access = this.byClient.get(client);
    if (!access) {
      throw new Error(`postgres has no client ${client}; it has: ${[...this.byClient.keys()]}`);
    }
    return access;
  }
}

/** Makes a role and a database for each client, and gives each role its present password, in a running server. */
export function createDatabases(app: App, args: DatabasesArgs): Databases {
  const { administrator, clients, nameOf, monitor, secretsGeneration: generation } = args;
  const roles = clients.map((client) => ({
    client,
    name: nameOf(client),
    password: createPassword(app, `${client}-password`, { length: 32, generation }),
  }));
  const logins = [...roles, ...(monitor ? [monitor] : [])];
  const verifiers = logins.map(({ name, password }) => [
    `VERIFIER_${name}`,
    pulumi.output(password).apply((text) => scramVerifier(name, text)),
  ]);
  const secrets = createSecret(
    app,
    component,
    { PGPASSWORD: administrator.password, ...Object.fromEntries(verifiers) },
    "databases-secret",
  );
  const names = roles.map(({ name }) => name);
  const job = createDatabasesJob(app, args, names, secrets);
  return new Databases(
    new Map(
      roles.map(({ client, name, password }) => [
        client,
        { ...administrator, name, username: name, password, job },
      ]),
    ),
    args.certificate,
  );
}

/** A change of passwords or of clients makes and runs another. */
function createDatabasesJob(
  app: App,
  { values, administrator, server, monitor }: DatabasesArgs,
  names: readonly string[],
  secrets: HeldSecrets,
): k8s.batch.v1.Job {
  const script = readFileSync(join(__dirname, "databases.sh"), "utf8");
  const files = { "databases.sh": script, ...authorityData(administrator) };
  const config = createConfigMap(app, component, files, "databases-config");
  return createJob(app, {
    component,
    backoffLimit: 3,
    dependsOn: server,
    pod: {
      uid,
      values,
      secrets: secrets.data,
      container: {
        ...containerImage(values.image),
        name: component,
        resources: values.resources,
        terminationMessagePolicy: "FallbackToLogsOnError",
        command: ["sh", `${scriptDir}/databases.sh`],
        env: [
          { name: "BIN", value: `/usr/lib/postgresql/${values.majorVersion}/bin` },
          { name: "DATABASES", value: names.join(" ") },
          ...(monitor ? [{ name: "MONITOR", value: monitor.name }] : []),
          { name: "PGHOST", value: administrator.host },
          { name: "PGPORT", value: String(administrator.port) },
          { name: "PGDATABASE", value: administrator.name },
          { name: "PGUSER", value: administrator.username },
          ...sslVariables(administrator, scriptDir),
          { name: "PGCONNECT_TIMEOUT", value: "10" },
          ...secretVariables(secrets),
        ],
        volumeMounts: [{ name: "config", mountPath: scriptDir, readOnly: true }],
      },
      volumes: [{ name: "config", configMap: { name: config.metadata.name } }],
    },
  });
}
