import * as pulumi from "@pulumi/pulumi";
import type { Stream } from "../pipelines/declare/stream";
import type { HttpConnection, KafkaConnection } from "../resources/connection";
import { DataGuard } from "../resources/data/guard";
import { SupersetDatabase } from "../resources/superset/database";
import { objectUuid } from "../resources/superset/uuid";
import type { Druid } from "./druid/druid";
import { consumerProperties, securityOf } from "./druid/kafka";
import { reading } from "./druid/security";
import type { KafkaAccount } from "./kafka/account";
import type { KafkaCluster } from "./kafka/cluster";
import { serviceConnection } from "./kubernetes/connection";
import type { Namespace } from "./kubernetes/namespace";
import type { Superset } from "./superset/superset";

export interface StreamServicesArgs {
  readonly namespace: Namespace;
  readonly kafka: KafkaCluster;
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
    /** How Druid's tasks log in. */
    consumerProperties: Readonly<Record<string, string>>;
    replicationFactor?: number;
    minInSyncReplicas?: number;
    /** Whether topics that streams no longer declare stay: only the owner of Kafka can tell what else uses them. */
    keepTopics: boolean;
  };
  readonly druid: {
    connection: pulumi.Output<HttpConnection>;
    username: string;
    password: pulumi.Output<string>;
    adopt?: true;
    dataOnDelete: "delete" | "keep";
  };
  /** Lets Druid's user do something in Kafka. */
  readonly permitDruid: KafkaAccount["permit"];
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
    const { namespace, kafka, druid, superset } = args;
    this.owner = `${pulumi.getProject()}/${pulumi.getStack()}`;
    this.kafka = {
      connection: kafka.connection,
      bootstrapServers: kafka.bootstrapServers,
      consumerProperties: consumerProperties(securityOf(druid.kafka)),
      replicationFactor: kafka.replicationFactor,
      minInSyncReplicas: kafka.minInSyncReplicas,
      keepTopics: kafka.external !== undefined,
    };
    this.permitDruid = druid.kafka.permit;
    this.taskReplicas = druid.taskReplicas;
    // Left out where it isn't set, as the resources' own default is.
    const adoption = args.adopt ? { adopt: true as const } : {};
    const { administrator } = druid;
    this.druid = {
      connection: druid.connection,
      username: administrator.username,
      password: administrator.password,
      ...adoption,
      dataOnDelete: args.keepData ? "keep" : "delete",
    };
    this.superset = {
      connection: serviceConnection(namespace, superset),
      ...superset.registrar,
      ...adoption,
    };
    const datasources = sorted(args.streams.map(({ ingestion }) => ingestion.datasource));
    // It depends on no service, so that it refuses before they change. The streams depend on it.
    const guard = new DataGuard(
      `${name}-data-guard`,
      {
        kafka: this.kafka.connection,
        druid: this.druid.connection,
        username: administrator.username,
        password: administrator.password,
        owner: this.owner,
        ...guardedTopics(args.streams, this.kafka.keepTopics),
        datasources,
        dataOnDelete: this.druid.dataOnDelete,
        deleteData: args.deleteData,
      },
      { parent: this },
    );
    const { coordinator } = druid.workloads;
    this.childOptions = {
      kafka: {
        dependsOn: [...(kafka.nodes ? [kafka.nodes] : []), guard],
        ...(kafka.nodes && { deletedWith: kafka.nodes }),
      },
      druid: { dependsOn: [administrator.user, guard], deletedWith: coordinator },
      superset: { dependsOn: [superset.setup, superset.web], deletedWith: superset.web },
    };
    const reader = druid.createUser("superset", reading(datasources));
    this.database = new SupersetDatabase(
      `${name}-database`,
      {
        ...this.superset,
        uuid: objectUuid(this.owner, "database", "druid"),
        databaseName: "Druid",
        sqlalchemyUri: `druid://${reader.username}@${druid.brokerService}:${druid.brokerPort}/druid/v2/sql/`,
        databasePassword: reader.password,
      },
      {
        ...this.childOptions.superset,
        dependsOn: [superset.setup, superset.web, reader.user],
        parent: this,
      },
    );
    this.registerOutputs({ databaseId: this.database.databaseId });
  }
}

/** The topics that a removal would delete, and those that stay whatever is removed. */
function guardedTopics(streams: readonly Stream[], keepTopics: boolean) {
  const isKept = ({ topic }: Stream) => keepTopics || topic.managed === false;
  const namesOf = (some: readonly Stream[]) => sorted(some.map(({ topic }) => topic.name));
  const kept = namesOf(streams.filter(isKept));
  const topics = namesOf(streams.filter((stream) => !isKept(stream)));
  return { topics, ...(kept.length > 0 && { keptTopics: kept }) };
}

/** Several streams may have one topic. */
const sorted = (names: readonly string[]) => [...new Set(names)].sort();
