import * as pulumi from "@pulumi/pulumi";
import type { DruidValues } from "../../settings";
import { App } from "../kubernetes/app";
import { createSecret, type Data } from "../kubernetes/config";
import { expose } from "../kubernetes/exposure";
import type { Namespace } from "../kubernetes/namespace";
import { createHeadlessService } from "../kubernetes/workload";
import type { DatabaseAccess } from "../postgres/database";
import { clusterIdentifier, createAccount } from "./account";
import { createDeepStorage } from "./deep-storage";
import { Derby } from "./derby";
import type { DruidProcess } from "./jvm";
import { type DruidEndpoints, environmentNames } from "./properties";
import { createProcess, druidServiceName, headlessName } from "./workload";
import { ZooKeeper } from "./zookeeper";

export interface DruidArgs {
  /** Namespace to live in. */
  readonly namespace: Namespace;
  readonly values: DruidValues;
  /** Required where metadata.type is postgresql. */
  readonly database?: DatabaseAccess;
  /** Keys for deepStorage.type s3. Default: the pods' own cloud identity. */
  readonly s3Keys?: {
    readonly accessKeyId: pulumi.Input<string>;
    readonly secretAccessKey: pulumi.Input<string>;
  };
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
  /** Each is ready once it serves. */
  readonly workloads: Readonly<Record<DruidProcess, pulumi.Resource>>;

  constructor(name: string, args: DruidArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Druid", name, {}, opts);
    const { namespace, values, database } = args;
    this.port = values.router.service.port;
    this.coordinatorPort = values.coordinator.service.port;
    this.brokerPort = values.broker.service.port;
    this.taskReplicas = values.indexer.taskReplicas;

    const shared = { namespace, values };
    const zookeeper =
      values.discovery === "zookeeper"
        ? new ZooKeeper(`${name}-zookeeper`, shared, { parent: this })
        : undefined;
    const derby =
      values.metadata.type === "derbyServer"
        ? new Derby(`${name}-derby`, shared, { parent: this })
        : undefined;
    const app = new App({
      name: "druid",
      version: values.image.tag,
      namespace,
      parent: this,
      resourceName: name,
    });
    createHeadlessService(app, {
      component: "cluster",
      name: headlessName,
      selector: app.selectorLabels(),
      ports: { http: 80 },
    });
    const secrets = secretData(args);
    const create = createProcess.bind(undefined, app, {
      values,
      endpoints: endpoints(args, zookeeper, derby),
      secrets: Object.keys(secrets).length > 0 ? createSecret(app, "secret", secrets) : undefined,
      serviceAccount: createAccount(app, values),
      deepStorage: createDeepStorage(app, values),
      dependsOn: database?.job,
    });
    this.workloads = {
      coordinator: create("coordinator"),
      broker: create("broker"),
      historical: create("historical"),
      indexer: create("indexer"),
      router: create("router"),
    };
    this.url = expose(app, {
      component: "router",
      service: this.service,
      values: values.router,
    });
    this.registerOutputs({ service: this.service });
  }
}

function endpoints(
  args: DruidArgs,
  zookeeper: ZooKeeper | undefined,
  derby: Derby | undefined,
): DruidEndpoints {
  const { database, namespace } = args;
  return {
    clusterName: clusterIdentifier(namespace.stack),
    zookeeper: zookeeper?.address ?? "",
    derby: derby?.address ?? "",
    ...(database && {
      database: {
        address: `${database.host}:${database.port}/${database.name}${database.sslMode ? `?sslmode=${database.sslMode}` : ""}`,
        username: database.username,
      },
    }),
    s3Keys: args.s3Keys !== undefined,
  };
}

/** By the environment variable that each is read from. */
function secretData({ values, database, s3Keys }: DruidArgs): Data {
  if (values.metadata.type === "postgresql" && !database) {
    throw new Error("Druid with metadata.type postgresql needs a database");
  }
  return {
    ...(database && { [environmentNames.databasePassword]: database.password }),
    ...(s3Keys && {
      [environmentNames.s3AccessKeyId]: s3Keys.accessKeyId,
      [environmentNames.s3SecretAccessKey]: s3Keys.secretAccessKey,
    }),
  };
}
