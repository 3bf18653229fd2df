import { z } from "../zod";
import {
  atLeast,
  builtImageFields,
  podFields,
  replicaCount,
  resources,
  servicePort,
} from "./fragments";

/** Of charts-values/superset.yaml. */
export const superset = z.strictObject({
  image: z
    .strictObject(builtImageFields)
    .describe("The official image with the drivers on top, built here, or one that has them."),
  replicaCount: replicaCount(),
  https: z
    .boolean()
    .describe("true where people reach Superset by HTTPS: cookies are then sent over HTTPS only."),
  gunicorn: z
    .strictObject({
      workers: atLeast(1).describe("Processes."),
      threads: atLeast(1).describe("Threads of each; a chart's query holds one."),
      timeoutSeconds: atLeast(1).describe(
        "After this long a worker that doesn't answer is replaced.",
      ),
    })
    .describe("The web server."),
  config: z.string().describe("Further lines of superset_config.py; no secrets."),
  service: servicePort(),
  resources: resources(),
  setup: z
    .strictObject({ resources: resources() })
    .describe("The Job that migrates and adds the first user."),
  ...podFields,
});

export type SupersetValues = z.output<typeof superset>;
