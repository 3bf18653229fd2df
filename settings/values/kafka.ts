import { z } from "../zod";
import {
  atLeast,
  image,
  jvm,
  persistence,
  podFields,
  properties,
  resources,
  servicePort,
} from "./fragments";

/** `host:port`; of an IPv6 address with brackets. */
const broker = () =>
  z.string().regex(/^(?:[\w.-]+|\[[\da-fA-F:]+\]):\d{1,5}$/, { error: "must be host:port" });

/** A Kafka that is there already. */
const external = () =>
  z
    .strictObject({
      brokers: z
        .array(broker())
        .describe(
          "Brokers to start from, as host:port. Empty: the stack has a Kafka of its own. With names, pods may reach their ports anywhere; with addresses alone, these addresses.",
        ),
      sasl: z
        .strictObject({
          mechanism: z
            .enum(["none", "plain", "scram-sha-256", "scram-sha-512"])
            .describe("How clients log in."),
          username: z
            .string()
            .describe(
              "User of all clients. Its password: `pulumi config set --secret kafkaPassword`.",
            ),
        })
        .describe("The login."),
      tls: z
        .strictObject({
          enabled: z.boolean().describe("Whether clients connect by TLS."),
          authority: z
            .string()
            .regex(/^(\s*-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*)*$/, {
              error: "must be certificates as PEM",
            })
            .describe(
              "PEM of the authority that signed the brokers' certificates. Empty: an authority that everybody trusts.",
            ),
        })
        .describe("The encryption."),
    })
    .describe("A Kafka that is there already: see docs/kafka.md.");

/** Schema of charts-values/kafka.yaml. */
export const kafka = z.strictObject({
  external: external(),
  image: image(),
  replicaCount: atLeast(1)
    .refine((count) => count % 2 === 1, {
      error: "must be odd, so that a majority of controllers exists",
    })
    .describe(
      "Number of nodes; each is a broker and a controller. Choose it before the first `up`: Kafka doesn't change an existing quorum by itself.",
    ),
  replicationFactor: atLeast(1).describe(
    "Copies of a topic's partitions, Kafka's own topics included.",
  ),
  minInSyncReplicas: atLeast(1).describe(
    "Copies that must have a record before it is acknowledged.",
  ),
  tls: z
    .strictObject({
      enabled: z
        .boolean()
        .describe("Whether clients connect by TLS. They then trust the stack's own authority."),
    })
    .describe("Of clients' connections. The nodes among themselves always use TLS."),
  config: properties().describe("Further lines of server.properties."),
  jvm: jvm(),
  classPath: z.string().min(1).describe("Java class path within the image."),
  service: servicePort(),
  persistence: persistence(),
  resources: resources(),
  terminationGracePeriodSeconds: atLeast(1).describe(
    "Time that a node has to hand over leadership and close its logs, in seconds.",
  ),
  ...podFields,
});

export type KafkaValues = z.output<typeof kafka>;
