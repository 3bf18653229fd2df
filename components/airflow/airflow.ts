import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { AirflowValues } from "../../settings";
import type { KafkaAccount } from "../kafka/account";
import { clientProtocol } from "../kafka/properties";
import { App } from "../kubernetes/app";
import { createSecret, type Data } from "../kubernetes/config";
import { imageWithDrivers } from "../kubernetes/drivers";
import { expose } from "../kubernetes/exposure";
import type { Registry } from "../kubernetes/image";
import type { Namespace } from "../kubernetes/namespace";
import { createKey, createPassword, type Key } from "../kubernetes/secret";
import { authorityData, type DatabaseAccess } from "../postgres/database";
import type { SentStream } from "../producer";
import { createFiles } from "./files";
import { passwordsFile, serviceName, variable } from "./settings";
import {
  createApiServer,
  createDagProcessor,
  createScheduler,
  createSetup,
  python,
} from "./workloads";

export interface AirflowArgs {
  /** Namespace to live in. */
  readonly namespace: Namespace;
  readonly values: AirflowValues;
  /** Its metadata's database. */
  readonly database: DatabaseAccess;
  /** By which its DAGs write to the streams' topics, and look what is on them. */
  readonly account: KafkaAccount;
  /** Each gets a DAG of its name. */
  readonly streams: readonly SentStream[];
  /** Where the image goes that is built here. */
  readonly registry: Registry;
  /** Of the passwords and keys: counted up, another of each is made. */
  readonly secretsGeneration: number;
}

/**
 * Airflow: web page and API, scheduler with its tasks, DAG processor, and the Job that goes before them. A connection
 * `kafka_<stream>`, with _ for -, tells a DAG where to send.
 */
export class Airflow extends pulumi.ComponentResource {
  /** Name of the Service of the web page. */
  readonly service = serviceName;
  readonly port: number;
  /** Where people reach it from outside of the cluster. Undefined: only by a port-forward. */
  readonly url?: pulumi.Output<string>;
  readonly adminUsername: string;
  /** Made here, a secret. */
  readonly adminPassword: pulumi.Output<string>;
  /** Runs the tasks. */
  readonly scheduler: k8s.apps.v1.Deployment;

  constructor(name: string, args: AirflowArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Airflow", name, {}, opts);
    const { namespace, values, streams, secretsGeneration: generation } = args;
    const version = values.image.tag;
    const app = new App({ name: "airflow", version, namespace, parent: this, resourceName: name });
    this.port = values.service.port;
    this.adminUsername = values.adminUsername;
    this.adminPassword = createPassword(app, "admin-password", { length: 24, generation });
    const create = (set: string, data: Data) => createSecret(app, "secret", data, `${set}-secret`);
    const secrets = {
      common: create("common", keys(app, args)),
      tasks: create("tasks", connections(args)),
      passwords: create("passwords", {
        [passwordsFile]: pulumi.jsonStringify({ [this.adminUsername]: this.adminPassword }),
      }),
    };
    const specs = streams.map(({ spec }) => spec);
    const image = imageWithDrivers(app, values.image, args.registry, python);
    const { database } = args;
    const files = createFiles(app, specs, authorityData(database));
    const shared = { values, image, secrets, database, ...files };
    // All pods come after it.
    const setup = createSetup(app, shared, [
      ...(database.job ? [database.job] : []),
      ...namespace.policyOf(app.name),
    ]);
    createApiServer(app, shared, setup);
    this.url = expose(app, { component: "api-server", service: serviceName, values });
    this.scheduler = createScheduler(app, shared, [
      setup,
      ...streams.flatMap(({ after }) => after ?? []),
    ]);
    createDagProcessor(app, shared, setup);
    this.registerOutputs({ service: this.service });
  }
}

/** The database's address with its password, and the keys that Airflow signs and encrypts with. */
function keys(app: App, { database, secretsGeneration: generation }: AirflowArgs): Data {
  const { host, port, name, username, password, sslMode } = database;
  // Users' connections and variables are encrypted with it, so that it stays where they do.
  const fernet = createKey(app, "fernet-key", { length: 32, generation });
  const signing = { length: 64, generation };
  // Airflow derives the second address from the first, with libpq's `sslmode`, which asyncpg doesn't know.
  const address = (driver: string, ssl: string) =>
    pulumi.interpolate`postgresql+${driver}://${username}:${password}@${host}:${port}/${name}${sslMode ? `?${ssl}=${sslMode}` : ""}`;
  return {
    [variable("database", "sql_alchemy_conn")]: address("psycopg2", "sslmode"),
    [variable("database", "sql_alchemy_conn_async")]: address("asyncpg", "ssl"),
    [variable("core", "fernet_key")]: fernetKeys(fernet),
    [variable("api", "secret_key")]: createPassword(app, "secret-key", signing),
    [variable("api_auth", "jwt_secret")]: createPassword(app, "jwt-secret", signing),
  };
}

/** 32 bytes each, in URL-safe base64: Airflow encrypts with the first, and reads what any of them encrypted. */
function fernetKeys({ current, previous }: Key): pulumi.Output<string> {
  const keys = previous === undefined ? [current] : [current, previous];
  return pulumi
    .all(keys)
    .apply((all) => all.map((key) => `${Buffer.from(key).toString("base64url")}=`).join(","));
}

/** One connection for each stream, in which the DAG finds where to send and who it is. */
function connections({ streams, account }: AirflowArgs): Data {
  const { bootstrapServers, username, password, mechanism, authority } = account;
  return Object.fromEntries(
    streams.map(({ spec: { name, topic } }) => [
      `AIRFLOW_CONN_KAFKA_${name.replaceAll("-", "_").toUpperCase()}`,
      pulumi.jsonStringify({
        conn_type: "kafka",
        ...(mechanism !== "none" && { login: username, password }),
        extra: {
          "bootstrap.servers": bootstrapServers,
          "security.protocol": clientProtocol(account),
          ...(mechanism !== "none" && { "sasl.mechanism": mechanism.toUpperCase() }),
          ...(authority && { "ssl.ca.pem": authority }),
          topic,
        },
      }),
    ]),
  );
}
