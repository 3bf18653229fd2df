import * as pulumi from "@pulumi/pulumi";
import type { DruidValues } from "../../settings";
import type { Namespace } from "../kubernetes/namespace";
import type { DatabaseAccess } from "../postgres/database";
import { createDeepStorage, createSecret } from "./deep-storage";
import { Derby } from "./derby";
import { createDiscoveryAccount } from "./discovery";
import type { DruidProcess } from "./jvm";
import { createEgress } from "./network";
import { type DruidParts, druidServiceName } from "./parts";
import { environmentNames } from "./properties";
import { createDisruptionBudget, createHeadlessService, createService } from "./services";
import { createWorkload } from "./workload";
import { ZooKeeper } from "./zookeeper";

export interface DruidArgs {
  /** Namespace to live in. */
  namespace: Namespace;
  /** Name of the stack. */
  stack: string;
  values: DruidValues;
  /** True: the volumes outlive the cluster. */
  keepData: boolean;
  /** Required where metadata.type is postgresql. */
  database?: DatabaseAccess;
  /** Keys for deepStorage.type s3. Default: the pods' own cloud identity. */
  s3Keys?: { accessKeyId: pulumi.Input<string>; secretAccessKey: pulumi.Input<string> };
}

const processes = ["coordinator", "broker", "historical", "indexer", "router"] as const;

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
  /** Each is ready once it serves. */
  readonly workloads: Readonly<Record<DruidProcess, pulumi.Resource>>;

  constructor(name: string, args: DruidArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Druid", name, {}, opts);
    const { namespace, stack, values, keepData } = args;
    this.port = values.router.service.port;
    this.coordinatorPort = values.coordinator.service.port;
    this.brokerPort = values.broker.service.port;
    this.taskReplicas = values.indexer.taskReplicas;

    const zookeeper =
      values.discovery === "zookeeper"
        ? new ZooKeeper(
            `${name}-zookeeper`,
            { namespace, stack, values, keepData },
            { parent: this },
          )
        : undefined;
    const derby =
      values.metadata.type === "derbyServer"
        ? new Derby(`${name}-derby`, { namespace, stack, values, keepData }, { parent: this })
        : undefined;
    const parts: DruidParts = {
      name,
      namespace,
      values,
      keepData,
      service: { name: "druid", version: values.image.tag, stack },
      around: surroundings(args, zookeeper, derby),
      secrets: secrets(args),
      child: { ...namespace.inhabitant, parent: this, dependsOn: args.database?.maker },
    };
    createHeadlessService(parts);
    createEgress(parts);
    const references = {
      deepStorage: createDeepStorage(parts),
      secret: createSecret(parts),
      serviceAccount: createDiscoveryAccount(parts),
    };
    for (const process of processes) {
      createService(parts, process);
      createDisruptionBudget(parts, process);
    }
    this.workloads = {
      coordinator: createWorkload(parts, references, "coordinator"),
      broker: createWorkload(parts, references, "broker"),
      historical: createWorkload(parts, references, "historical"),
      indexer: createWorkload(parts, references, "indexer"),
      router: createWorkload(parts, references, "router"),
    };
    this.registerOutputs({ service: this.service });
  }
}

function surroundings(
  args: DruidArgs,
  zookeeper: ZooKeeper | undefined,
  derby: Derby | undefined,
): DruidParts["around"] {
  const { database } = args;
  return {
    clusterName: `druid-${args.stack}`,
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

function secrets({ values, database, s3Keys }: DruidArgs): DruidParts["secrets"] {
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
