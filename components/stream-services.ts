import * as pulumi from "@pulumi/pulumi";
import type { Stream } from "../pipelines/declare/stream";
import type { HttpConnection, KafkaConnection } from "../resources/connection";
import { DataGuard } from "../resources/data/guard";
import { SupersetDatabase } from "../resources/superset/database";
import { objectUuid } from "../resources/superset/uuid";
import type { Druid } from "./druid/druid";
import type { Kafka } from "./kafka/kafka";
import type { Namespace } from "./kubernetes/namespace";
import type { Superset } from "./superset/superset";

export interface StreamServicesArgs {
  readonly namespace: Namespace;
  /** The kubeconfig's context. Default: its current one. */
  readonly context?: string;
  readonly kafka: Kafka;
  readonly druid: Druid;
  readonly superset: Superset;
  /** True: what stands in the way and belongs to somebody else is taken over. Default: it is refused. */
  readonly adopt?: boolean;
  /** True: the rows of a stream that is removed, or whose datasource is renamed, stay in Druid. */
  readonly keepData: boolean;
  /** All streams of the program. */
  readonly streams: readonly Stream[];
  /** `topic/NAME` or `datasource/NAME` of each object that may be deleted with its data. */
  readonly deleteData: readonly string[];
}

/** What a registration of Superset needs to be made. */
export interface SupersetAccess {
  readonly connection: pulumi.Output<HttpConnection>;
  readonly username: string;
  readonly password: pulumi.Output<string>;
  readonly adopt?: true;
}

/**
 * The services of one stack as its streams use them: how each is reached, what must run before, and what a
 * registration ends with. Superset's connection to Druid is here too, because all streams share it.
 */
export class StreamServices extends pulumi.ComponentResource {
  /** Whose registrations these are: project/stack. */
  readonly owner: string;
  readonly kafka: {
    connection: pulumi.Output<KafkaConnection>;
    bootstrapServers: string;
    replicationFactor: number;
    minInSyncReplicas: number;
  };
  readonly druid: {
    connection: pulumi.Output<HttpConnection>;
    adopt?: true;
    dataOnDelete: "delete" | "keep";
  };
  /** Copies of each ingestion task, where the stream doesn't say. */
  readonly taskReplicas: number;
  readonly superset: SupersetAccess;
  readonly database: SupersetDatabase;
  /**
   * Options of the objects in Kafka, in Druid and in Superset. They order a destroy: an object is deleted before the service
   * that it depends on, and is forgotten with the service that it is deleted with.
   */
  readonly childOptions: Readonly<
    Record<"kafka" | "druid" | "superset", pulumi.CustomResourceOptions>
  >;

  constructor(name: string, args: StreamServicesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:PipelineServices", name, {}, opts);
    const { namespace, context, kafka, druid, superset } = args;
    const reach = (target: { service: string; port: number }) =>
      namespace.name.apply((name) => ({
        kubernetes: {
          ...(context && { context }),
          namespace: name,
          service: target.service,
          port: target.port,
        },
      }));
    this.owner = `${pulumi.getProject()}/${pulumi.getStack()}`;
    this.kafka = {
      connection: reach(kafka),
      bootstrapServers: kafka.bootstrapServers,
      replicationFactor: kafka.replicationFactor,
      minInSyncReplicas: kafka.minInSyncReplicas,
    };
    this.taskReplicas = druid.taskReplicas;
    // Left out where it isn't set, as the resources' own default is.
    const adoption = args.adopt ? { adopt: true as const } : {};
    this.druid = {
      connection: reach(druid),
      ...adoption,
      dataOnDelete: args.keepData ? "keep" : "delete",
    };
    this.superset = {
      connection: reach(superset),
      username: superset.adminUsername,
      password: superset.adminPassword,
      ...adoption,
    };
    // It depends on no service, so that it refuses before they change. The streams depend on it.
    const guard = new DataGuard(
      `${name}-data-guard`,
      {
        kafka: this.kafka.connection,
        druid: this.druid.connection,
        owner: this.owner,
        topics: sorted(args.streams.map(({ topic }) => topic.name)),
        datasources: sorted(args.streams.map(({ ingestion }) => ingestion.datasource)),
        dataOnDelete: this.druid.dataOnDelete,
        deleteData: args.deleteData,
      },
      { parent: this },
    );
    const { coordinator, indexer, router, broker } = druid.workloads;
    this.childOptions = {
      kafka: { dependsOn: [kafka.nodes, guard], deletedWith: kafka.nodes },
      druid: { dependsOn: [coordinator, indexer, router, guard], deletedWith: coordinator },
      superset: { dependsOn: [superset.setup, superset.web], deletedWith: superset.web },
    };
    this.database = new SupersetDatabase(
      `${name}-database`,
      {
        ...this.superset,
        uuid: objectUuid(this.owner, "database", "druid"),
        databaseName: "Druid",
        sqlalchemyUri: `druid://${druid.brokerService}:${druid.brokerPort}/druid/v2/sql/`,
      },
      {
        ...this.childOptions.superset,
        dependsOn: [superset.setup, superset.web, broker],
        parent: this,
      },
    );
    this.registerOutputs({ databaseId: this.database.databaseId });
  }
}

/** Several streams may have one topic. */
const sorted = (names: readonly string[]) => [...new Set(names)].sort();
