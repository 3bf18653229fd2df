import type * as pulumi from "@pulumi/pulumi";
import type { KafkaConnection } from "../../resources/connection";
import { type AclOperation, type AclResource, KafkaAcl } from "../../resources/kafka/acl";
import { KafkaUser } from "../../resources/kafka/user";
import type { App } from "../kubernetes/app";
import { createPassword, ofGeneration } from "../kubernetes/secret";

/** A user of Kafka, and how it logs in: by SCRAM-SHA-512. */
export interface KafkaAccount {
  /** `kafka:<port>`, as the namespace's pods reach it. */
  readonly bootstrapServers: string;
  /** The same in every generation. */
  readonly name: string;
  readonly username: string;
  /** Made here, a secret. */
  readonly password: pulumi.Output<string>;
  /** The authority to trust, as PEM. Undefined: clients don't connect by TLS. */
  readonly authority?: pulumi.Output<string>;
  /**
   * What a client comes after that must not find itself refused. Empty in the first generation, whose clients start while
   * Kafka does, and wait for it.
   */
  readonly before: pulumi.Resource[];
  /** What the user may do with a resource: these operations, and what Kafka has them imply. */
  permit(name: string, access: AccountAccess): KafkaAcl;
}

export interface AccountAccess {
  readonly resource: AclResource;
  readonly operations: readonly AclOperation[];
  /** Default: what the user is a part of. */
  readonly parent?: pulumi.Resource;
}

export interface AccountArgs {
  readonly bootstrapServers: string;
  readonly authority?: pulumi.Output<string>;
  readonly connection: pulumi.Output<KafkaConnection>;
  readonly nodes: pulumi.Resource;
  readonly generation: number;
}

/**
 * A user with a password of its own. Each generation's is another user: Pulumi makes it, lets its clients roll over, and
 * deletes the last one's when all of that has succeeded.
 */
export function createAccount(app: App, name: string, args: AccountArgs): KafkaAccount {
  const { bootstrapServers, authority, connection, nodes, generation } = args;
  const username = ofGeneration(name, generation);
  const password = createPassword(app, `${name}-password`, { length: 32, generation });
  const options = { dependsOn: nodes, deletedWith: nodes };
  const user = new KafkaUser(
    `${app.resourceName}-${name}`,
    { connection, username, password },
    { ...options, parent: app.parent },
  );
  const permit: KafkaAccount["permit"] = (access, { parent = app.parent, ...granted }) =>
    new KafkaAcl(
      access,
      { connection, username, ...granted },
      { ...options, dependsOn: user, parent },
    );
  const before = generation > 1 ? [user] : [];
  return { bootstrapServers, name, username, password, authority, before, permit };
}

/** All that access lists are about. */
export const everything: readonly AclResource[] = [
  { type: "cluster", name: "kafka-cluster" },
  { type: "topic", name: "*" },
  { type: "group", name: "*" },
  { type: "transactionalId", name: "*" },
];

/** Lets a user do everything that access lists can allow. */
export function permitEverything(app: App, { name, permit }: KafkaAccount): void {
  for (const resource of everything) {
    permit(`${app.resourceName}-${name}-${resource.type}-access`, {
      resource,
      operations: ["ALL"],
    });
  }
}
