import { z } from "../zod";
import {
  atLeast,
  driverImageFields,
  exposureFields,
  podFields,
  replicaCount,
  resources,
} from "./fragments";

/** Schema of charts-values/superset.yaml. */
export const superset = z.strictObject({
  image: z
    .strictObject(driverImageFields)
    .describe("The official image, or one that has what it lacks."),
  replicaCount: replicaCount(),
  https: z
    .boolean()
    .describe("true: people reach Superset by HTTPS, and cookies are sent over HTTPS only."),
  gunicorn: z
    .strictObject({
      workers: atLeast(1).describe("Number of worker processes."),
      threads: atLeast(1).describe("Threads of each worker; a chart's query occupies one."),
      timeoutSeconds: atLeast(1).describe(
        "A worker that doesn't answer for this long is replaced.",
      ),
    })
    .describe("The web server."),
  config: z.string().describe("Further lines of superset_config.py; no secrets."),
  ...exposureFields,
  resources: resources(),
  setup: z
    .strictObject({ resources: resources() })
    .describe("The Job that migrates the database and adds the first user."),
  ...podFields,
});

export type SupersetValues = z.output<typeof superset>;
