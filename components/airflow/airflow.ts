import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type DagSpec, dagSpec } from "../../airflow/dag-spec";
import type { Stream } from "../../pipelines/declare/stream";
import type { AirflowValues } from "../../settings";
import { buildImage, type Registry } from "../kubernetes/image";
import { keepKey } from "../kubernetes/kept-password";
import { labels } from "../kubernetes/labels";
import type { Namespace } from "../kubernetes/namespace";
import { imageName } from "../kubernetes/pod";
import { createKey, createPassword, type Key } from "../kubernetes/secret";
import type { DatabaseAccess, DatabaseServer } from "../postgres/database";
import {
  type AirflowParts,
  type AirflowSecrets,
  createFiles,
  createSecrets,
  passwordsFile,
  serviceName,
  variable,
} from "./parts";
import {
  createApiServer,
  createDagProcessor,
  createScheduler,
  createService,
  createSetup,
} from "./workloads";

export interface AirflowArgs {
  /** Namespace to live in. */
  namespace: Namespace;
  /** Name of the stack. */
  stack: string;
  values: AirflowValues;
  /** Where Airflow's setup makes a role and a database. */
  databaseServer: DatabaseServer;
  /** `host:port` of Kafka. */
  bootstrapServers: string;
  /** What the DAGs of airflow/dags/ send: each stream's events, to its topic, which must exist. */
  streams: readonly { stream: Stream; topic: pulumi.Input<string> }[];
  timestampFormat: DagSpec["timestampFormat"];
  /** What is there before the first event is sent, and until after the last: what reads them, and shows them. */
  after?: pulumi.Resource;
  /** Where the image goes that is built here. */
  registry: Registry;
  /** Whether a destroy leaves the database, and with it the key of what Airflow has encrypted there. */
  keepData: boolean;
  /** Of the passwords and keys: counted up, each is made anew. */
  secretsGeneration: number;
}

/**
 * Airflow: web page and API, scheduler with its tasks, DAG processor, and the Job that goes before them. A connection
 * `kafka_<stream>` tells the DAGs where to send.
 */
export class Airflow extends pulumi.ComponentResource {
  /** Name of the Service of the web page. */
  readonly service = serviceName;
  readonly port: number;
  readonly adminUsername: string;
  /** Made here, a secret. */
  readonly adminPassword: pulumi.Output<string>;
  /** Runs the tasks. */
  readonly scheduler: k8s.apps.v1.Deployment;

  constructor(name: string, args: AirflowArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Airflow", name, {}, opts);
    const { namespace, stack, values, streams } = args;
    this.port = values.service.port;
    this.adminUsername = values.adminUsername;
    const generation = args.secretsGeneration;
    this.adminPassword = createPassword(`${name}-admin-password`, { length: 24, generation }, this);
    const { superuser } = args.databaseServer;
    const databaseName = args.databaseServer.nameOf("airflow");
    const database: DatabaseAccess = {
      ...superuser,
      name: databaseName,
      username: databaseName,
      password: createPassword(`${name}-database-password`, { length: 32, generation }, this),
    };
    const parts: AirflowParts = {
      name,
      namespace,
      values,
      service: { name: "airflow", version: values.image.tag, stack },
      image: createImage(name, args, this),
      secrets: {
        common: createKeys(name, args, database, this),
        tasks: connections(args),
        passwords: {
          [passwordsFile]: pulumi.jsonStringify({ [this.adminUsername]: this.adminPassword }),
        },
        database: {
          SUPERUSER_PASSWORD: superuser.password,
          DATABASE_PASSWORD: database.password,
        },
      },
      child: { ...namespace.inhabitant, parent: this },
    };
    const dagSpecs = streams.map(({ stream }) => dagSpec(stream, args.timestampFormat));
    const references = { ...createFiles(parts, dagSpecs), secrets: createSecrets(parts) };
    const setup = createSetup(parts, references, { own: database, superuser });
    createApiServer(parts, references, setup);
    this.scheduler = createScheduler(parts, references, setup, args.after);
    createDagProcessor(parts, references, setup);
    createService(parts);
    this.registerOutputs({ service: this.service });
  }
}

/** The database's address with its password, and the keys that Airflow signs and encrypts with. */
function createKeys(
  name: string,
  args: AirflowArgs,
  { host, port, name: databaseName, username, password, sslMode }: DatabaseAccess,
  parent: pulumi.Resource,
): AirflowSecrets["common"] {
  const generation = args.secretsGeneration;
  const fernet = createFernetKey(`${name}-fernet-key`, args, parent);
  const signing = { length: 64, generation };
  return {
    [variable("database", "sql_alchemy_conn")]:
      pulumi.interpolate`postgresql+psycopg2://${username}:${password}@${host}:${port}/${databaseName}${sslMode ? `?sslmode=${sslMode}` : ""}`,
    [variable("core", "fernet_key")]: fernetKeys(fernet),
    [variable("api", "secret_key")]: createPassword(`${name}-secret-key`, signing, parent),
    [variable("api_auth", "jwt_secret")]: createPassword(`${name}-jwt-secret`, signing, parent),
  };
}

/** Users' connections and variables are encrypted with it, so that it stays where they do. */
function createFernetKey(
  name: string,
  { namespace, stack, values, keepData, secretsGeneration: generation }: AirflowArgs,
  parent: pulumi.Resource,
): Key {
  const made = createKey(name, { length: 32, generation }, parent);
  if (!keepData) return made;
  const service = { name: "airflow", version: values.image.tag, stack };
  const kept = {
    namespace,
    secretName: "airflow-fernet-key",
    labels: labels(service, "fernet-key"),
    generated: made,
    generation,
  };
  return keepKey(name, kept, parent);
}

/** 32 bytes each, in URL-safe base64: Airflow encrypts with the first, and reads what any of them encrypted. */
function fernetKeys({ current, previous }: Key): pulumi.Output<string> {
  const keys = previous === undefined ? [current] : [current, previous];
  return pulumi
    .all(keys)
    .apply((all) => all.map((key) => `${Buffer.from(key).toString("base64url")}=`).join(","));
}

/** One connection for each stream. A Kafka with users would have their names and passwords in it as well. */
function connections({ streams, bootstrapServers }: AirflowArgs): AirflowSecrets["tasks"] {
  return Object.fromEntries(
    streams.map(({ stream, topic }) => [
      `AIRFLOW_CONN_KAFKA_${stream.name.toUpperCase()}`,
      pulumi.jsonStringify({
        conn_type: "kafka",
        extra: { "bootstrap.servers": bootstrapServers, topic },
      }),
    ]),
  );
}

/** The values' image, or one with the Kafka client on top of the official one, built here. */
function createImage(
  name: string,
  { values, registry }: AirflowArgs,
  parent: pulumi.Resource,
): pulumi.Input<string> {
  const { build, repository } = values.image;
  if (!build.enabled) return imageName(values.image);
  return buildImage(
    `${name}-image`,
    {
      context: join(__dirname, "..", "..", "images", "airflow"),
      files: ["requirements.txt"],
      baseImage: build.baseImage,
      repository,
      registry,
    },
    { parent },
  );
}
