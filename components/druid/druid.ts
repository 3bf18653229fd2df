import * as pulumi from "@pulumi/pulumi";
import type { HttpConnection } from "../../resources/connection";
import { DruidInternalUser } from "../../resources/druid/internal-user";
import { DruidUser } from "../../resources/druid/user";
import type { Permission } from "../../resources/druid/users";
import type { DruidValues } from "../../settings";
import type { KafkaAccount } from "../kafka/account";
import { App } from "../kubernetes/app";
import { createSecret, type Data } from "../kubernetes/config";
import { serviceConnection } from "../kubernetes/connection";
import { expose } from "../kubernetes/exposure";
import type { Namespace } from "../kubernetes/namespace";
import { createPassword } from "../kubernetes/secret";
import { createHeadlessService } from "../kubernetes/workload";
import { authorityData, authorityPath, type DatabaseAccess } from "../postgres/database";
import { clusterIdentifier, createAccount } from "./account";
import { createDeepStorage } from "./deep-storage";
import { Derby } from "./derby";
import { environmentNames } from "./environment";
import { configDir, type DruidProcess } from "./jvm";
import { createKafkaLogin } from "./kafka";
import type { DruidEndpoints } from "./properties";
import { administration } from "./security";
import { createProcess, druidServiceName, headlessName } from "./workload";
import { ZooKeeper } from "./zookeeper";

export interface DruidArgs {
  /** Namespace to live in. */
  readonly namespace: Namespace;
  readonly values: DruidValues;
  /** Of the passwords: counted up, each user gets another one. */
  readonly secretsGeneration: number;
  /** Required where metadata.type is postgresql. */
  readonly database?: DatabaseAccess;
  /** By which it reads topics. */
  readonly kafka: KafkaAccount;
  /** Where its processes post their metrics. Default: nowhere. */
  readonly metricsUrl?: string;
  /** Keys for deepStorage.type s3. Default: the pods' own cloud identity. */
  readonly s3Keys?: {
    readonly accessKeyId: pulumi.Input<string>;
    readonly secretAccessKey: pulumi.Input<string>;
  };
}

/** A user of Druid. */
export interface DruidLogin {
  readonly username: string;
  readonly password: pulumi.Output<string>;
  /** Druid takes the password once this is there. */
  readonly user: DruidUser;
}

/** Druid: Coordinator with Overlord, Broker, Historical, Indexer and Router, and a ZooKeeper where discovery needs it. */
export class Druid extends pulumi.ComponentResource {
  /** Name of the Router's Service: SQL, the management API and the web console at one address. */
  readonly service = druidServiceName("router");
  readonly port: number;
  /** Name of the Coordinator's Service, which also is the Overlord's. */
  readonly coordinatorService = druidServiceName("coordinator");
  readonly coordinatorPort: number;
  /** Name of the Broker's Service: SQL. */
  readonly brokerService = druidServiceName("broker");
  readonly brokerPort: number;
  /** Copies of each ingestion task, where the stream doesn't say. */
  readonly taskReplicas: number;
  /** Where people reach the web console from outside of the cluster. Undefined: only by a port-forward. */
  readonly url?: pulumi.Output<string>;
  /** By which it reads topics. */
  readonly kafka: KafkaAccount;
  /** Each is ready once it serves. */
  readonly workloads: Readonly<Record<DruidProcess, pulumi.Resource>>;
  readonly connection: pulumi.Output<HttpConnection>;
  /** As whom the stack's own resources, and its people, ask Druid. */
  readonly administrator: DruidLogin;
  private readonly app: App;
  private readonly internalUser: { user: DruidInternalUser; password: pulumi.Output<string> };
  private readonly secretsGeneration: number;

  constructor(name: string, args: DruidArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Druid", name, {}, opts);
    const { namespace, values, database, secretsGeneration: generation } = args;
    this.secretsGeneration = generation;
    this.port = values.router.service.port;
    this.coordinatorPort = values.coordinator.service.port;
    this.brokerPort = values.broker.service.port;
    this.taskReplicas = values.indexer.taskReplicas;
    this.kafka = args.kafka;

    const shared = { namespace, values };
    const zookeeper =
      values.discovery === "zookeeper"
        ? new ZooKeeper(`${name}-zookeeper`, shared, { parent: this })
        : undefined;
    const derby =
      values.metadata.type === "derbyServer"
        ? new Derby(`${name}-derby`, shared, { parent: this })
        : undefined;
    const version = values.image.tag;
    const app = new App({ name: "druid", version, namespace, parent: this, resourceName: name });
    this.app = app;
    this.connection = serviceConnection(namespace, this);
    const password = createPassword(app, "internal-password", { length: 32, generation });
    const user = new DruidInternalUser(
      `${name}-internal-user`,
      { connection: this.connection, password, generation },
      { parent: this },
    );
    this.internalUser = { user, password };
    createHeadlessService(app, {
      component: "cluster",
      name: headlessName,
      selector: app.selectorLabels(),
      ports: { http: 80 },
    });
    const create = createProcess.bind(undefined, app, {
      values,
      endpoints: endpoints(args, user, zookeeper, derby),
      secrets: createSecret(app, "secret", secretData(args, password)),
      serviceAccount: createAccount(app, values),
      files: database ? authorityData(database) : {},
      deepStorage: createDeepStorage(app, values),
      kafkaLogin: createKafkaLogin(app, args.kafka),
      dependsOn: [...(database?.job ? [database.job] : []), ...args.kafka.before],
    });
    // Updated one after the other, in Druid's own order (druid.apache.org, "Rolling updates").
    const historical = create("historical");
    const indexer = create("indexer", historical);
    const broker = create("broker", indexer);
    const router = create("router", broker);
    const coordinator = create("coordinator", router);
    this.workloads = { coordinator, broker, historical, indexer, router };
    this.url = expose(app, {
      component: "router",
      service: this.service,
      values: values.router,
    });
    this.administrator = this.createUser("admin", administration);
    this.registerOutputs({ service: this.service });
  }

  /** A user of these rights, with a password of the stack's making, once all processes run. */
  createUser(username: string, permissions: readonly Permission[]): DruidLogin {
    const { app, connection, internalUser, secretsGeneration: generation } = this;
    const password = createPassword(app, `${username}-password`, { length: 32, generation });
    const user = new DruidUser(
      `${app.resourceName}-user-${username}`,
      {
        connection,
        username: internalUser.user.username,
        password: internalUser.password,
        store: internalUser.user.store,
        name: username,
        userPassword: password,
        permissions,
      },
      {
        dependsOn: Object.values(this.workloads),
        deletedWith: this.workloads.coordinator,
        parent: this,
      },
    );
    return { username, password, user };
  }
}

function endpoints(
  args: DruidArgs,
  { store, username }: DruidInternalUser,
  zookeeper: ZooKeeper | undefined,
  derby: Derby | undefined,
): pulumi.Output<DruidEndpoints> {
  const { database, namespace } = args;
  return pulumi.output({
    clusterName: clusterIdentifier(namespace.stack),
    zookeeper: zookeeper?.address ?? "",
    derby: derby?.address ?? "",
    ...(database && {
      database: {
        address: databaseAddress(database),
        username: database.username,
      },
    }),
    s3Keys: args.s3Keys !== undefined,
    ...(args.metricsUrl && { metricsUrl: args.metricsUrl }),
    users: { store, internalUsername: username },
  });
}

/** As JDBC's driver reads it. */
function databaseAddress(database: DatabaseAccess): string {
  const { host, port, name, sslMode } = database;
  const authority = authorityPath(database, configDir);
  const parameters = [
    ...(sslMode === undefined ? [] : [`sslmode=${sslMode}`]),
    ...(authority === undefined ? [] : [`sslrootcert=${authority}`]),
  ];
  return `${host}:${port}/${name}${parameters.length > 0 ? `?${parameters.join("&")}` : ""}`;
}

/** By the environment variable that each is read from. */
function secretData(
  { values, database, s3Keys }: DruidArgs,
  internalPassword: pulumi.Output<string>,
): Data {
  if (values.metadata.type === "postgresql" && !database) {
    throw new Error("Druid with metadata.type postgresql needs a database");
  }
  return {
    [environmentNames.internalPassword]: internalPassword,
    ...(database && { [environmentNames.databasePassword]: database.password }),
    ...(s3Keys && {
      [environmentNames.s3AccessKeyId]: s3Keys.accessKeyId,
      [environmentNames.s3SecretAccessKey]: s3Keys.secretAccessKey,
    }),
  };
}
