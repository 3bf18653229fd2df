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

/** Schema of charts-values/kafka.yaml. */
export const kafka = z.strictObject({
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
