import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { AirflowValues } from "../../settings";
import type { App } from "../kubernetes/app";
import { type Data, type HeldSecrets, secretVariables } from "../kubernetes/config";
import { type ImageWithDrivers, type PythonArgs, withDrivers } from "../kubernetes/drivers";
import { type ContainerArgs, type PodArgs, probes } from "../kubernetes/pod";
import { createDeployment, createJob, type Ports } from "../kubernetes/workload";
import { type DatabaseAccess, sslVariables } from "../postgres/database";
import type { AirflowFiles } from "./files";
import { dagsDir, homeDir, passwordsFile, serviceName, settingVariables } from "./settings";

/** What all pods of Airflow share. */
export interface AirflowShared extends AirflowFiles {
  readonly values: AirflowValues;
  readonly image: ImageWithDrivers;
  readonly database: DatabaseAccess;
  readonly secrets: {
    /** By the environment variable that every pod reads it from. */
    readonly common: HeldSecrets;
    /** As `common`, of the scheduler alone, which runs the tasks. */
    readonly tasks: HeldSecrets;
    /** Of the web page alone: a file. */
    readonly passwords: HeldSecrets;
  };
}

type DependsOn = pulumi.CustomResourceOptions["dependsOn"];

/** User `airflow` of the official image. */
const uid = 50000;
/** Folder of the programs beside Airflow's own. */
const programDir = "/etc/airflow";
const passwordsDir = "/etc/airflow-passwords";
const schedulerHealthPort = 8974;
/** Where the web page reads the logs of tasks. */
export const logsPort = 8793;

/** Of the official image. */
export const python: PythonArgs = { interpreter: "/home/airflow/.local/bin/python" };

/**
 * Imports each DAG file, and migrates the database. A change of image, DAG or setting makes and runs another; where a DAG file
 * is broken it fails with Airflow's import error, and nothing that depends on it is touched.
 */
export function createSetup(
  app: App,
  shared: AirflowShared,
  dependsOn: DependsOn,
): k8s.batch.v1.Job {
  const { values, secrets } = shared;
  const base = baseContainer(shared);
  return createJob(app, {
    component: "setup",
    // Pulumi's provider gives up after the last try; a podFailurePolicy that fails the Job before that it doesn't heed.
    backoffLimit: 2,
    dependsOn,
    pod: withDrivers(shared.image, {
      uid,
      values,
      secrets: secrets.common.data,
      container: {
        ...base,
        name: "setup",
        resources: values.setup.resources,
        terminationMessagePolicy: "FallbackToLogsOnError",
        command: ["python", `${programDir}/setup.py`],
        volumeMounts: [...base.volumeMounts, ...dagMounts(shared)],
      },
      volumes: baseVolumes(shared),
    }),
  });
}

/** The web page, the REST API, and what running tasks report to. */
export function createApiServer(app: App, shared: AirflowShared, dependsOn: DependsOn): void {
  const { values, secrets } = shared;
  const isExposed = values.ingress.enabled;
  createAirflowDeployment(app, shared, {
    component: "api-server",
    name: serviceName,
    ports: { service: { http: values.service.port } },
    secrets: { ...secrets.common.data, ...secrets.passwords.data },
    container: {
      resources: values.apiServer.resources,
      // An Ingress controller says by which protocol and from where people come.
      command: ["airflow", "api-server", ...(isExposed ? ["--proxy-headers"] : [])],
      env: isExposed ? [{ name: "FORWARDED_ALLOW_IPS", value: "*" }] : [],
      ...probes(
        { httpGet: { path: "/api/v2/monitor/health", port: "http" } },
        { startSeconds: 600 },
      ),
    },
    initContainers: [
      {
        ...shared.image.container,
        name: "passwords",
        resources: values.apiServer.resources,
        // Airflow opens the file for writing, too, which a Secret's is not.
        command: ["python", "-c", copyPasswords],
        volumeMounts: [
          { name: "home", mountPath: homeDir },
          { name: "passwords", mountPath: passwordsDir, readOnly: true },
        ],
      },
    ],
    volumes: [
      { name: "passwords", secret: { secretName: secrets.passwords.secret.metadata.name } },
    ],
    dependsOn,
  });
}

const copyPasswords = `import shutil; shutil.copyfile("${passwordsDir}/${passwordsFile}", "${homeDir}/${passwordsFile}")`;

/** Starts the runs, and runs their tasks. */
export function createScheduler(
  app: App,
  shared: AirflowShared,
  dependsOn: DependsOn,
): k8s.apps.v1.Deployment {
  const { values, secrets } = shared;
  return createAirflowDeployment(app, shared, {
    component: "scheduler",
    ports: { pod: { health: schedulerHealthPort, logs: logsPort } },
    secrets: { ...secrets.common.data, ...secrets.tasks.data },
    container: {
      resources: values.scheduler.resources,
      command: ["airflow", "scheduler"],
      env: secretVariables(secrets.tasks),
      volumeMounts: dagMounts(shared),
      ...probes(
        { httpGet: { path: "/health", port: "health" } },
        { startSeconds: 600, timeoutSeconds: 10 },
      ),
    },
    dependsOn,
  });
}

/** Reads the DAG files. */
export function createDagProcessor(app: App, shared: AirflowShared, dependsOn: DependsOn): void {
  const { values, secrets } = shared;
  createAirflowDeployment(app, shared, {
    component: "dag-processor",
    secrets: secrets.common.data,
    container: {
      resources: values.dagProcessor.resources,
      command: ["airflow", "dag-processor"],
      volumeMounts: dagMounts(shared),
      ...probes(
        { exec: { command: ["python", `${programDir}/heartbeat.py`] } },
        { startSeconds: 600, timeoutSeconds: 10 },
      ),
    },
    dependsOn,
  });
}

interface AirflowDeploymentArgs extends Pick<PodArgs, "initContainers" | "volumes"> {
  readonly component: string;
  /** Default: `airflow-<component>`. */
  readonly name?: string;
  readonly ports?: Ports;
  readonly secrets: Data;
  /** What it has besides what all have. */
  readonly container: Omit<ContainerArgs, "name" | "image">;
  readonly dependsOn: DependsOn;
}

function createAirflowDeployment(
  app: App,
  shared: AirflowShared,
  args: AirflowDeploymentArgs,
): k8s.apps.v1.Deployment {
  const { values } = shared;
  const { component, name = `${serviceName}-${component}`, ports, dependsOn } = args;
  const { secrets, container, initContainers, volumes = [] } = args;
  const base = baseContainer(shared);
  return createDeployment(app, {
    component,
    name,
    ports,
    dependsOn,
    pod: withDrivers(shared.image, {
      uid,
      values,
      secrets,
      terminationGracePeriodSeconds: values.terminationGracePeriodSeconds,
      initContainers,
      container: {
        ...base,
        ...container,
        name: component,
        env: [...base.env, ...(container.env ?? [])],
        volumeMounts: [...base.volumeMounts, ...(container.volumeMounts ?? [])],
      },
      volumes: [...baseVolumes(shared), ...volumes],
    }),
  });
}

function baseContainer({ values, image, database, secrets }: AirflowShared) {
  return {
    ...image.container,
    env: [
      { name: "AIRFLOW_HOME", value: homeDir },
      // The root file system is read-only: writing byte code could only fail.
      { name: "PYTHONDONTWRITEBYTECODE", value: "1" },
      { name: "PYTHONUNBUFFERED", value: "1" },
      // Python's threads would each keep an arena of memory of their own.
      { name: "MALLOC_ARENA_MAX", value: "2" },
      ...sslVariables(database, programDir),
      ...settingVariables(values),
      ...secretVariables(secrets.common),
    ],
    volumeMounts: [
      { name: "files", mountPath: programDir, readOnly: true },
      { name: "home", mountPath: homeDir },
    ],
  };
}

function baseVolumes({ files, values }: AirflowShared) {
  return [
    { name: "files", configMap: { name: files.metadata.name } },
    { name: "home", emptyDir: { sizeLimit: values.logs.sizeLimit } },
  ];
}

/**
 * The DAG folder. Each file is mounted by itself: a ConfigMap's folder holds every file a second time, in a folder
 * of its own that Airflow would read, too.
 */
function dagMounts({ dagFiles }: AirflowShared) {
  return dagFiles.map((file) => ({
    name: "files",
    mountPath: `${dagsDir}/${file}`,
    subPath: file,
    readOnly: true,
  }));
}
