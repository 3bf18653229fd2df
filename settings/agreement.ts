import { readPostgresUrl } from "./postgres-url";
import type { StackConfig } from "./stack-config";
import type { ServiceValues } from "./values";
import type { ExposureValues } from "./values/fragments";

/** A contradiction between two values, each of which is valid by itself. */
export interface Disagreement {
  /** The value to correct. */
  readonly path: readonly string[];
  /** What it must be, after the path. */
  readonly message: string;
}

export interface ServiceDisagreement extends Disagreement {
  /** File of charts-values/ that has it. */
  readonly where: keyof ServiceValues;
}

/** The contradictions within the services' values; empty when there are none. */
export function serviceDisagreements(values: ServiceValues): ServiceDisagreement[] {
  const { kafka, druid, superset, airflow } = values;
  const found: (ServiceDisagreement | false)[] = [
    kafka.replicationFactor > kafka.replicaCount && {
      where: "kafka",
      path: ["replicationFactor"],
      message: `must be ≤ replicaCount, which is ${kafka.replicaCount}, is ${kafka.replicationFactor}`,
    },
    kafka.minInSyncReplicas > kafka.replicationFactor && {
      where: "kafka",
      path: ["minInSyncReplicas"],
      message: `must be ≤ replicationFactor, which is ${kafka.replicationFactor}, is ${kafka.minInSyncReplicas}`,
    },
    ...externalKafkaDisagreements(kafka.external),
    [9091, 9093].includes(kafka.service.port) && {
      where: "kafka",
      path: ["service", "port"],
      message: `must not be 9091 or 9093, at which the nodes reach each other, is ${kafka.service.port}`,
    },
    druid.metadata.type === "derby" &&
      druid.coordinator.replicaCount > 1 && {
        where: "druid",
        path: ["coordinator", "replicaCount"],
        message: `must be 1 with metadata.type derby, which runs inside the coordinator (derbyServer and postgresql serve several), is ${druid.coordinator.replicaCount}`,
      },
    druid.indexer.kind === "middleManager" &&
      druid.discovery === "kubernetes" && {
        where: "druid",
        path: ["indexer", "kind"],
        message:
          "must be indexer with discovery kubernetes, is middleManager: tasks share their pod's labels, and the first task that ends removes the middleManager's (apache/druid#13330); or set discovery: zookeeper",
      },
    druid.indexer.taskReplicas > druid.indexer.replicaCount && {
      where: "druid",
      path: ["indexer", "taskReplicas"],
      message: `must be ≤ indexer.replicaCount, which is ${druid.indexer.replicaCount}, is ${druid.indexer.taskReplicas}: copies run on different pods`,
    },
    druid.deepStorage.type === "s3" &&
      druid.deepStorage.s3.bucket === "" && {
        where: "druid",
        path: ["deepStorage", "s3", "bucket"],
        message: "must not be empty with deepStorage.type s3",
      },
    superset.ingress.enabled &&
      superset.ingress.tls.enabled &&
      !superset.https && {
        where: "superset",
        path: ["https"],
        message: "must be true with ingress.tls.enabled, is false",
      },
    withoutHost("superset", ["ingress"], superset),
    withoutHost("airflow", ["ingress"], airflow),
    withoutHost("druid", ["router", "ingress"], druid.router),
  ];
  return found.filter((one) => one !== false);
}

function externalKafkaDisagreements({
  brokers,
  sasl,
  tls,
}: ServiceValues["kafka"]["external"]): (ServiceDisagreement | false)[] {
  const at = (...path: string[]) => ({ where: "kafka" as const, path: ["external", ...path] });
  const logsIn = sasl.mechanism !== "none";
  return [
    logsIn &&
      brokers.length === 0 && {
        ...at("brokers"),
        message: `must name the brokers with external.sasl.mechanism ${sasl.mechanism}, is empty`,
      },
    logsIn !== (sasl.username !== "") && {
      ...at("sasl", "username"),
      message: `must be ${logsIn ? "a user" : "empty"} with external.sasl.mechanism ${sasl.mechanism}, is ${JSON.stringify(sasl.username)}`,
    },
    tls.authority !== "" &&
      !tls.enabled && {
        ...at("tls", "enabled"),
        message: "must be true with external.tls.authority, is false",
      },
  ];
}

function withoutHost(
  where: keyof ServiceValues,
  path: readonly string[],
  { ingress: { enabled, host } }: ExposureValues,
): ServiceDisagreement | false {
  const message = "must be a host name with ingress.enabled, is empty";
  return enabled && host === "" && { where, path: [...path, "host"], message };
}

/** The contradictions within the stack's config; `context` is the value of `kubernetes:context`. */
export function stackDisagreements(
  stack: StackConfig,
  context: string | undefined,
): Disagreement[] {
  const found: (Disagreement | false)[] = [
    stack.requireContext &&
      !context && {
        path: ["kubernetes:context"],
        message:
          "is missing, and requireContext is true; name the cluster: pulumi config set kubernetes:context NAME",
      },
    stack.kindCluster !== "" &&
      stack.imageRegistry !== "" && {
        path: ["kindCluster"],
        message:
          "and imageRegistry exclude each other: images are loaded into the nodes, or pushed",
      },
    (stack.postgresUrl === "") !== (stack.postgresPassword === "") && {
      path: ["postgresUrl"],
      message: "and postgresPassword must both be set, or neither",
    },
    (stack.postgresAuthority !== "") !==
      (readPostgresUrl(stack.postgresUrl)?.sslMode.startsWith("verify-") ?? false) && {
      path: ["postgresAuthority"],
      message:
        "must be set where postgresUrl has sslmode verify-ca or verify-full, and nowhere else",
    },
    (stack.druidS3AccessKeyId === "") !== (stack.druidS3SecretAccessKey === "") && {
      path: ["druidS3AccessKeyId"],
      message: "and druidS3SecretAccessKey must both be set, or neither",
    },
  ];
  return found.filter((one) => one !== false);
}

/** The services whose pods install what their images lack when they start, from a package index. */
export function driverInstallers(
  stack: StackConfig,
  values: Pick<ServiceValues, "superset" | "airflow">,
): ("superset" | "airflow")[] {
  if (stack.imageRegistry !== "" || stack.kindCluster !== "") return [];
  const usesAirflow = stack.producerMode === "airflow" || stack.producerMode === "both";
  const services = ["superset" as const, ...(usesAirflow ? ["airflow" as const] : [])];
  return services.filter((service) => values[service].image.drivers.install);
}

/** The contradictions between the stack's config and the services' values. */
export function configDisagreements(stack: StackConfig, values: ServiceValues): Disagreement[] {
  return [
    ...driverDisagreements(stack, values),
    ...passwordDisagreements(stack, values),
    ...senderDisagreements(stack, values),
  ];
}

function senderDisagreements(
  { operationsDashboard }: StackConfig,
  { monitoring }: ServiceValues,
): Disagreement[] {
  if (!operationsDashboard || monitoring.enabled) return [];
  return [
    {
      path: ["operationsDashboard"],
      message:
        "must be false with enabled: false in charts-values/monitoring.yaml: the exporter sends what it shows",
    },
  ];
}

function passwordDisagreements(
  { kafkaPassword }: StackConfig,
  { kafka: { external } }: ServiceValues,
): Disagreement[] {
  const isAsked = external.brokers.length > 0 && external.sasl.mechanism !== "none";
  if (isAsked === (kafkaPassword !== "")) return [];
  const message = isAsked
    ? `must be set with external.sasl.mechanism ${external.sasl.mechanism} in charts-values/kafka.yaml, by: pulumi config set --secret kafkaPassword`
    : "is of a user of external.sasl in charts-values/kafka.yaml, and no client logs in to such a Kafka: name brokers, mechanism and username there, or remove it by: pulumi config rm kafkaPassword";
  return [{ path: ["kafkaPassword"], message }];
}

function driverDisagreements(stack: StackConfig, values: ServiceValues): Disagreement[] {
  const lacking = driverInstallers(stack, values);
  if (!stack.restrictEgress || lacking.length === 0) return [];
  return [
    {
      path: ["imageRegistry"],
      message: `must be set with restrictEgress: no pod may reach a package index, to install what the official image of ${lacking.join(" and ")} lacks, so that an image that has it is built and pushed. Or name one that has it in charts-values/, with image.drivers.install: false`,
    },
  ];
}
