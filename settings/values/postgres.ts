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

/** Of charts-values/postgres.yaml. */
export const postgres = z.strictObject({
  image: image(),
  majorVersion: atLeast(13).describe(
    "PostgreSQL's major version in the image: where its programs lie. Another one needs a dump and a restore.",
  ),
  config: properties().describe("Settings of postgresql.conf."),
  service: servicePort(),
  persistence: persistence(),
  resources: resources(),
  ...podFields,
});

export type PostgresValues = z.output<typeof postgres>;
