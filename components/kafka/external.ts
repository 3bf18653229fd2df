import * as pulumi from "@pulumi/pulumi";
import type { Stream } from "../../pipelines/declare/stream";
import type { KafkaConnection } from "../../resources/connection";
import type { ExternalKafkaAccess, KafkaValues } from "../../settings";
import type { KafkaAccount } from "./account";
import type { KafkaCluster } from "./cluster";

/**
 * A Kafka that is none of the stack's. Nothing is made in it but the topics that streams manage, and a destroy leaves these:
 * only its owner can tell what else uses them. All clients have its one user, whose rights its owner gives.
 */
export class ExternalKafka extends pulumi.ComponentResource implements KafkaCluster {
  readonly service: string;
  readonly port: number;
  readonly bootstrapServers: string;
  readonly connection: pulumi.Output<KafkaConnection>;
  readonly administrator: KafkaAccount;
  readonly createAccount: (name: string) => KafkaAccount;
  readonly external: NonNullable<KafkaCluster["external"]>;

  constructor(
    name: string,
    access: ExternalKafkaAccess & { readonly password: pulumi.Output<string> },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("realtime-analytics:index:ExternalKafka", name, {}, opts);
    const { brokers, sasl, tls, password } = access;
    const [host = "", port = ""] = (brokers[0] ?? "").split(/:(?=\d+$)/);
    this.service = host;
    this.port = Number(port);
    this.bootstrapServers = brokers.join(",");
    this.external = { brokers, mechanism: sasl.mechanism };
    this.connection = pulumi.secret(password.apply((plain) => externalConnection(access, plain)));
    this.createAccount = (client) => ({
      bootstrapServers: this.bootstrapServers,
      name: client,
      username: sasl.username,
      password,
      mechanism: sasl.mechanism,
      tls: tls.enabled,
      ...(tls.authority && { authority: pulumi.output(tls.authority) }),
      before: [],
      permit: () => [],
    });
    this.administrator = this.createAccount("administrator");
    this.registerOutputs({ bootstrapServers: this.bootstrapServers });
  }
}

/** How the program and the preflight reach it. */
export function externalConnection(
  { brokers, sasl, tls }: ExternalKafkaAccess,
  password: string,
): KafkaConnection {
  const { mechanism, username } = sasl;
  return {
    brokers,
    ...(tls.enabled && { tls: tls.authority ? { authority: tls.authority } : {} }),
    ...(mechanism !== "none" && { user: { username, password, mechanism } }),
  };
}

/** What of it is checked before anything is made. Undefined: the stack has a Kafka of its own. */
export function externalKafkaTarget(
  { external }: KafkaValues,
  password: string,
  streams: readonly Stream[],
) {
  if (external.brokers.length === 0) return undefined;
  const topics = streams.map(({ name, topic }) => ({
    stream: name,
    topic: topic.name,
    managed: topic.managed !== false,
  }));
  return { connection: externalConnection(external, password), topics };
}
