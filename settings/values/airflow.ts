import { z } from "../zod";
import {
  atLeast,
  builtImageFields,
  podFields,
  properties,
  quantity,
  resources,
  servicePort,
} from "./fragments";

const part = z.strictObject({ resources: resources() });
/** Of charts-values/airflow.yaml. */
export const airflow = z.strictObject({
  image: z
    .strictObject(builtImageFields)
    .describe("The official image with the Kafka client on top, built here, or one that has it."),
  adminUsername: z
    .string()
    .regex(/^[\w.@-]+$/, { error: "must be letters, digits, ., @, _ and -" })
    .describe("Name of the first user, who may do everything."),
  config: z
    .record(z.string(), properties())
    .describe("Further settings of airflow.cfg, by section; no secrets."),
  parallelism: atLeast(1).describe("Tasks at a time."),
  logs: z
    .strictObject({ sizeLimit: quantity().describe("Most that a pod's logs may take.") })
    .describe("Task logs; they live with their scheduler pod."),
  service: servicePort(),
  apiServer: z
    .strictObject({
      workers: atLeast(1).describe("Processes."),
      resources: resources(),
    })
    .describe("Web page and REST API."),
  scheduler: part.describe("Starts the runs, and runs their tasks."),
  dagProcessor: part.describe("Reads the DAG files."),
  setup: part.describe("The Job that makes the database and imports each DAG file."),
  terminationGracePeriodSeconds: atLeast(1).describe("Time for running tasks to end."),
  ...podFields,
});

export type AirflowValues = z.output<typeof airflow>;
