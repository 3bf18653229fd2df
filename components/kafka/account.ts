import type * as pulumi from "@pulumi/pulumi";
import type { KafkaConnection, SaslMechanism } from "../../resources/connection";
import { type AclOperation, type AclResource, KafkaAcl } from "../../resources/kafka/acl";
import { KafkaUser } from "../../resources/kafka/user";
import type { App } from "../kubernetes/app";
import { createPassword, ofGeneration } from "../kubernetes/secret";

/** A user of Kafka, and how it logs in. */
export interface KafkaAccount {
  /** Such as `kafka:<port>`, as the namespace's pods reach it. */
  readonly bootstrapServers: string;
  /** Of the client. The same in every generation. */
  readonly name: string;
  readonly username: string;
  /** A secret. */
  readonly password: pulumi.Output<string>;
  /** none: it does not log in, and has neither name nor password. */
  readonly mechanism: SaslMechanism | "none";
  /** Whether clients connect by TLS. */
  readonly tls: boolean;
  /** The authority to trust, as PEM. Default: those that clients trust by themselves. */
  readonly authority?: pulumi.Output<string>;
  /**
   * What a client comes after that must not find itself refused. Empty in the first generation, whose clients start while
   * Kafka does, and wait for it.
   */
  readonly before: pulumi.Resource[];
  /**
   * What the user may do with a resource: these operations, and what Kafka has them imply. Returns what its use comes after;
   * nothing where Kafka's owner gives rights.
   */
  permit(name: string, access: AccountAccess): pulumi.Resource[];
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
  const permit: KafkaAccount["permit"] = (access, { parent = app.parent, ...granted }) => [
    new KafkaAcl(
      access,
      { connection, username, ...granted },
      { ...options, dependsOn: user, parent },
    ),
  ];
  const before = generation > 1 ? [user] : [];
  const login = { username, password, mechanism: "scram-sha-512", authority } as const;
  return { ...login, bootstrapServers, name, tls: authority !== undefined, before, permit };
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
