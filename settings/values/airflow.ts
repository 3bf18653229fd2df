import { z } from "../zod";
import {
  atLeast,
  driverImageFields,
  exposureFields,
  podFields,
  properties,
  quantity,
  resources,
} from "./fragments";

const part = z.strictObject({ resources: resources() });
/** Schema of charts-values/airflow.yaml. */
export const airflow = z.strictObject({
  image: z
    .strictObject(driverImageFields)
    .describe("The official image, or one that has what it lacks."),
  adminUsername: z
    .string()
    .regex(/^[\w.@-]+$/, { error: "must be letters, digits, ., @, _ and -" })
    .describe("Name of the first user, who is an administrator."),
  config: z
    .record(z.string(), properties())
    .describe("Further settings of airflow.cfg, by section; no secrets."),
  parallelism: atLeast(1).describe("Number of tasks that run at the same time."),
  logs: z
    .strictObject({ sizeLimit: quantity().describe("Maximum size of a pod's logs.") })
    .describe("Task logs. They are deleted with their scheduler pod."),
  ...exposureFields,
  apiServer: z
    .strictObject({
      workers: atLeast(1).describe("Number of worker processes."),
      resources: resources(),
    })
    .describe("Web page and REST API."),
  scheduler: part.describe("Starts the runs, and runs their tasks."),
  dagProcessor: part.describe("Reads the DAG files."),
  setup: part.describe("The Job that creates the database and imports each DAG file."),
  terminationGracePeriodSeconds: atLeast(1).describe(
    "Time that running tasks have to end, in seconds.",
  ),
  ...podFields,
});

export type AirflowValues = z.output<typeof airflow>;
