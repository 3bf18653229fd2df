import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { DagSpec } from "../../airflow/dag-spec";
import type { AirflowValues } from "../../settings";
import { labels, type Service } from "../kubernetes/labels";
import type { Namespace } from "../kubernetes/namespace";
import { type ContainerArgs, fromSecret } from "../kubernetes/pod";

/** What all parts of one Airflow are made from. */
export interface AirflowParts {
  /** Logical name, which the parts' names start with. */
  name: string;
  namespace: Namespace;
  values: AirflowValues;
  service: Service;
  /** Image that all parts run. */
  image: pulumi.Input<string>;
  secrets: AirflowSecrets;
  child: pulumi.CustomResourceOptions;
}

/** Secret data, by the Secret that holds it. */
export interface AirflowSecrets {
  /** By the environment variable that every part reads it from. */
  common: Readonly<Record<string, pulumi.Input<string>>>;
  /** Of the scheduler alone, which runs the tasks. */
  tasks: Readonly<Record<string, pulumi.Input<string>>>;
  /** Of the web page alone: a file. */
  passwords: Readonly<Record<typeof passwordsFile, pulumi.Input<string>>>;
  /** Of the Job that makes the database. */
  database: Readonly<Record<string, pulumi.Input<string>>>;
}

/** What the pods refer to by name. */
export interface AirflowReferences {
  /** The DAGs, their streams' definitions and the programs beside Airflow's own. */
  files: k8s.core.v1.ConfigMap;
  /** Names of `files` that are DAGs and what they import. */
  dagFiles: readonly string[];
  secrets: Readonly<Record<keyof AirflowSecrets, k8s.core.v1.Secret>>;
}

/** User `airflow` of the official image. */
export const airflowUid = 50000;
export const serviceName = "airflow";
/** Folder of the programs beside Airflow's own. */
export const programDir = "/etc/airflow";
/** File of users and their passwords, as Airflow's simple auth manager reads it. */
export const passwordsFile = "passwords.json";
export const homeDir = "/opt/airflow";
const dagsDir = "/etc/airflow-dags";
const programs = ["database.py", "heartbeat.py", "setup.py"];

/** Named by Pulumi, so that a change makes a second one that the pods roll over to. */
export function createFiles(
  parts: AirflowParts,
  streams: readonly DagSpec[],
): Pick<AirflowReferences, "files" | "dagFiles"> {
  const { name, namespace, service, child } = parts;
  const folder = join(__dirname, "..", "..", "airflow", "dags");
  const dags = {
    ...Object.fromEntries(
      readdirSync(folder)
        .filter((file) => file.endsWith(".py"))
        .sort()
        .map((file) => [file, readFileSync(join(folder, file), "utf8")]),
    ),
    ...Object.fromEntries(
      streams.map((stream) => [`${stream.name}.json`, JSON.stringify(stream, undefined, 2)]),
    ),
  };
  const clash = programs.find((program) => program in dags);
  if (clash) throw new Error(`airflow/dags/${clash}: that name is taken by components/airflow/`);
  const files = new k8s.core.v1.ConfigMap(
    `${name}-files`,
    {
      metadata: { namespace: namespace.name, labels: labels(service, "files") },
      data: {
        ...dags,
        ...Object.fromEntries(
          programs.map((file) => [file, readFileSync(join(__dirname, file), "utf8")]),
        ),
      },
    },
    child,
  );
  return { files, dagFiles: Object.keys(dags) };
}

/** One Secret for each set of readers, named by Pulumi: a change makes a second one that the pods roll over to. */
export function createSecrets(parts: AirflowParts): AirflowReferences["secrets"] {
  const { name, namespace, service, secrets, child } = parts;
  const create = (set: keyof AirflowSecrets) =>
    new k8s.core.v1.Secret(
      `${name}-${set}-secret`,
      {
        metadata: {
          namespace: namespace.name,
          labels: labels(service, "secret"),
        },
        stringData: secrets[set],
      },
      child,
    );
  return {
    common: create("common"),
    tasks: create("tasks"),
    passwords: create("passwords"),
    database: create("database"),
  };
}

/** What the containers of all parts have in common. */
export function baseContainer(
  parts: AirflowParts,
  { secrets }: AirflowReferences,
): Pick<ContainerArgs, "image" | "imagePullPolicy"> &
  Required<Pick<ContainerArgs, "env" | "volumeMounts">> {
  const { values, image } = parts;
  return {
    image,
    imagePullPolicy: values.image.pullPolicy,
    env: [
      { name: "AIRFLOW_HOME", value: homeDir },
      // The root file system is read-only: writing byte code could only fail.
      { name: "PYTHONDONTWRITEBYTECODE", value: "1" },
      { name: "PYTHONUNBUFFERED", value: "1" },
      // Python's threads would each keep an arena of memory of their own.
      { name: "MALLOC_ARENA_MAX", value: "2" },
      ...Object.entries(settings(values)).flatMap(([section, keys]) =>
        Object.entries(keys).map(([key, value]) => ({ name: variable(section, key), value })),
      ),
      ...Object.keys(parts.secrets.common).map((key) => fromSecret(key, secrets.common, key)),
    ],
    volumeMounts: [
      { name: "files", mountPath: programDir, readOnly: true },
      { name: "home", mountPath: homeDir },
    ],
  };
}

/**
 * The DAG folder. Each file is mounted by itself: a ConfigMap's folder holds every file a second time, in a folder
 * of its own that Airflow would read, too.
 */
export function dagMounts({ dagFiles }: AirflowReferences) {
  return dagFiles.map((file) => ({
    name: "files",
    mountPath: `${dagsDir}/${file}`,
    subPath: file,
    readOnly: true,
  }));
}

export function baseVolumes({ files }: AirflowReferences, { values }: AirflowParts) {
  return [
    { name: "files", configMap: { name: files.metadata.name } },
    { name: "home", emptyDir: { sizeLimit: values.logs.sizeLimit } },
  ];
}

/** Airflow's settings by section; the values' own are laid over them. */
function settings(values: AirflowValues): Record<string, Record<string, string>> {
  const own: Record<string, Record<string, string>> = {
    core: {
      dags_folder: dagsDir,
      load_examples: "False",
      executor: "LocalExecutor",
      parallelism: String(values.parallelism),
      // A pod's name has no address, and logs are asked of the pod that wrote them.
      hostname_callable: "airflow.utils.net.get_host_ip_address",
      execution_api_server_url: `http://${serviceName}:${values.service.port}/execution/`,
      auth_manager:
        "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
      simple_auth_manager_users: `${values.adminUsername}:admin`,
      simple_auth_manager_passwords_file: `${homeDir}/${passwordsFile}`,
    },
    api: { port: String(values.service.port), workers: String(values.apiServer.workers) },
    scheduler: {
      enable_health_check: "True",
      // A task whose pod was killed is tried again within a minute or two, not after five.
      task_instance_heartbeat_timeout: "60",
      orphaned_tasks_check_interval: "60",
    },
    // Files change with their pod alone: reading them each half minute would be work for nothing.
    dag_processor: { parsing_processes: "1", min_file_process_interval: "300" },
  };
  const sections = new Set([...Object.keys(own), ...Object.keys(values.config)]);
  return Object.fromEntries(
    [...sections].map((section) => [section, { ...own[section], ...values.config[section] }]),
  );
}

/** The environment variable that Airflow reads a setting from. */
export function variable(section: string, key: string): string {
  return `AIRFLOW__${section.toUpperCase()}__${key.toUpperCase()}`;
}
