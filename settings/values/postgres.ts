import { z } from "../zod";
import {
  atLeast,
  image,
  persistence,
  podFields,
  properties,
  resources,
  servicePort,
} from "./fragments";

/** Schema of charts-values/postgres.yaml. */
export const postgres = z.strictObject({
  image: image(),
  majorVersion: atLeast(13).describe(
    "PostgreSQL's major version in the image, by which its programs are found. A change needs a dump and a restore.",
  ),
  tls: z
    .strictObject({
      enabled: z
        .boolean()
        .describe(
          "Whether the server takes TLS connections alone, and its clients check its certificate.",
        ),
    })
    .describe("Of the clients' connections, with a certificate of the stack's own authority."),
  config: properties().describe("Settings of postgresql.conf."),
  service: servicePort(),
  persistence: persistence(),
  resources: resources(),
  ...podFields,
});

export type PostgresValues = z.output<typeof postgres>;
