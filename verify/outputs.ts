import { readFileSync } from "node:fs";
import { z } from "zod";
import type { KafkaConnection } from "../resources/connection";
import type { Login } from "../resources/http-login";
import type { ServiceTarget } from "../resources/port-forward";

const service = z.object({ service: z.string(), port: z.int().positive() });

const outputsSchema = z.object({
  namespace: z.string(),
  /** Context of the kubeconfig. Default: its current one. */
  context: z
    .string()
    .optional()
    .transform((name) => name || undefined),
  services: z.object({
    /** `tls`: whether its clients connect by TLS. */
    kafka: service.extend({
      tls: z.boolean().default(false),
      /** Of a Kafka that is there already. Default: it is the stack's own, and reached by a port-forward. */
      external: z
        .object({
          brokers: z.array(z.string()).min(1),
          mechanism: z.enum(["none", "plain", "scram-sha-256", "scram-sha-512"]),
        })
        .optional(),
    }),
    druid: service,
    coordinator: service,
    superset: service,
    airflow: service.optional(),
    prometheus: service.optional(),
  }),
  /** Of the services that people reach from outside of the cluster. */
  urls: z
    .object({
      superset: z.string().optional(),
      druid: z.string().optional(),
      airflow: z.string().optional(),
    })
    .default({}),
  /** Of Druid's administrator. Both are empty if Druid asks for none, as in stacks of earlier versions. */
  druidUsername: z.string().default(""),
  druidPassword: z.string().default(""),
  kafkaUsername: z.string(),
  kafkaPassword: z.string(),
  /** PEM; what clients of Kafka trust. */
  certificateAuthority: z.string(),
  supersetUsername: z.string(),
  /** All passwords are masked, unless the outputs were printed with secrets. */
  supersetPassword: z.string(),
  /** Of the registrations' user. Both are empty in stacks of earlier versions. */
  supersetRegistrarUsername: z.string().default(""),
  supersetRegistrarPassword: z.string().default(""),
  /** Both of Airflow's are empty if the stack has no Airflow. */
  airflowUsername: z.string().default(""),
  airflowPassword: z.string().default(""),
  pipelines: z.record(
    z.string(),
    z.object({
      topic: z.string(),
      datasource: z.string(),
      /** The dashboard's slug. Default: the stream has no dashboard. */
      dashboard: z.string().optional(),
      /** Superset's number of each chart, by the chart's key. */
      charts: z.record(z.string(), z.coerce.number().int()).default({}),
    }),
  ),
  /** The dashboards of several streams. Those of one are in `pipelines`. */
  dashboards: z
    .record(
      z.string(),
      z.object({ dashboard: z.string(), charts: z.record(z.string(), z.number()).default({}) }),
    )
    .default({}),
  /** What sends the stream's events. Default: nothing does. */
  producerMode: z.string().optional(),
});

/** What `make outputs` prints. */
export type StackOutputs = z.output<typeof outputsSchema>;
/** The services that every stack has. */
export type ServiceName = Exclude<keyof StackOutputs["services"], "airflow" | "prometheus">;

/**
 * Reads the stack's outputs.
 *
 * @param file path of the JSON, or `-` for standard input
 * @throws Error that says what is missing, and how to get it
 */
export function readOutputs(file: string): StackOutputs {
  return parseOutputs(readFileSync(file === "-" ? 0 : file, "utf8"));
}

/** Reads the outputs from their JSON. @throws Error as {@link readOutputs} */
export function parseOutputs(text: string): StackOutputs {
  if (text.trim() === "" || text.trim() === "{}") {
    throw new Error("the stack has no outputs: `make up` stands it up");
  }
  const parsed = outputsSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join(".") || "outputs"}: ${issue.message}`,
  );
  throw new Error(
    `the outputs are not those of this program (\`SHOW_SECRETS=1 make -s outputs\` prints them): ${problems.join("; ")}`,
  );
}

/** As whom Druid is asked. Undefined: it asks for nobody. */
export function druidLogin({ druidUsername, druidPassword }: StackOutputs): Login | undefined {
  return druidUsername === "" ? undefined : { username: druidUsername, password: druidPassword };
}

/** As whom Superset is asked: the administrator's password may have been changed there. */
export function supersetLogin(outputs: StackOutputs): Login {
  const { supersetRegistrarUsername: username, supersetRegistrarPassword: password } = outputs;
  if (username !== "") return { username, password };
  return { username: outputs.supersetUsername, password: outputs.supersetPassword };
}

/** Where a service of the stack is, for a port-forward. */
export function targetOf(outputs: StackOutputs, name: ServiceName): ServiceTarget {
  const { context, namespace } = outputs;
  const { service, port } = outputs.services[name];
  return { ...(context === undefined ? {} : { context }), namespace, service, port };
}

/** How Kafka is reached as its administrator. The outputs must have been printed with secrets. */
export function kafkaOf(outputs: StackOutputs): KafkaConnection {
  const { kafkaUsername: username, kafkaPassword: password, certificateAuthority } = outputs;
  const { external, tls } = outputs.services.kafka;
  if (external !== undefined) {
    const { brokers, mechanism } = external;
    const authority = certificateAuthority || undefined;
    return {
      brokers,
      ...(tls && { tls: { authority } }),
      ...(mechanism !== "none" && { user: { username, password, mechanism } }),
    };
  }
  return {
    kubernetes: targetOf(outputs, "kafka"),
    user: { username, password },
    ...(outputs.services.kafka.tls && { tls: { authority: certificateAuthority } }),
  };
}
