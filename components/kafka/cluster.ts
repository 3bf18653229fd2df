import type * as pulumi from "@pulumi/pulumi";
import type { KafkaConnection, SaslMechanism } from "../../resources/connection";
import type { KafkaAccount } from "./account";

/** Kafka as the stack uses it, whoever runs it. */
export interface KafkaCluster {
  /** Host and port to start from. Of the stack's own it is the bootstrap Service. */
  readonly service: string;
  readonly port: number;
  /** As the namespace's pods reach it. */
  readonly bootstrapServers: string;
  /** Copies of a topic's partitions, where the topic doesn't say. Default: the brokers' own. */
  readonly replicationFactor?: number;
  /** Copies that must have a record before it is acknowledged. Default: the brokers' own. */
  readonly minInSyncReplicas?: number;
  /** The nodes', as PEM. Undefined: it is not of the stack's authority. */
  readonly certificate?: pulumi.Output<string>;
  /** Ready once every broker serves. Undefined: they do already. */
  readonly nodes?: pulumi.Resource;
  /** How this program reaches the brokers. A secret. */
  readonly connection: pulumi.Output<KafkaConnection>;
  /** For people and for the stack's tools. */
  readonly administrator: KafkaAccount;
  /** Makes a user, which may do nothing yet. In a Kafka that is there already all have its one user. */
  readonly createAccount: (name: string) => KafkaAccount;
  /** What the stack's tools need to reach it without a port-forward. Default: they use one. */
  readonly external?: {
    readonly brokers: readonly string[];
    readonly mechanism: SaslMechanism | "none";
  };
}
