import type * as pulumi from "@pulumi/pulumi";
import type { ExternalKafkaAccess } from "../../settings";
import type { KafkaCluster } from "./cluster";
import { ExternalKafka } from "./external";
import { Kafka, type KafkaArgs } from "./kafka";

export interface KafkaClusterArgs extends KafkaArgs {
  /** One that is there already. Default: the stack has one of its own. */
  readonly external?: ExternalKafkaAccess & { readonly password: pulumi.Output<string> };
}

/** The stack's own Kafka, or one that is there already. */
export function createKafka(name: string, { external, ...args }: KafkaClusterArgs): KafkaCluster {
  return external ? new ExternalKafka(name, external) : new Kafka(name, args);
}
