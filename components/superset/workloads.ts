import type * as k8s from "@pulumi/kubernetes";
import type { SupersetValues } from "../../settings";
import type { App } from "../kubernetes/app";
import { type Data, type HeldSecrets, secretVariables } from "../kubernetes/config";
import { type ImageWithDrivers, type PythonArgs, withDrivers } from "../kubernetes/drivers";
import { probes } from "../kubernetes/pod";
import { createDeployment, createJob } from "../kubernetes/workload";
import { type DatabaseAccess, sslVariables } from "../postgres/database";

/** What the web server and the setup share. */
export interface SupersetShared {
  readonly values: SupersetValues;
  readonly database: DatabaseAccess;
  readonly image: ImageWithDrivers;
  /** superset_config.py and the programs. */
  readonly config: k8s.core.v1.ConfigMap;
  /** By the environment variable that each is read from. */
  readonly secrets: Data;
  /** Has `secrets`, and those of the setup. */
  readonly held: HeldSecrets;
}

export interface SetupArgs {
  /** First user. */
  readonly admin: { readonly username: string; readonly email: string };
  /** As the shared ones, for the setup alone. */
  readonly secrets: Data;
  /** Generation of the secret key; undefined where the key is not of the stack's making. */
  readonly keyGeneration?: number;
}

export const serviceName = "superset";
/** User of the stack's own registrations. */
export const registrarUsername = "registrar";
/** User `superset` of the official image. */
const uid = 1000;
/** Folder of superset_config.py and the programs. */
const configDir = "/etc/superset";
/** Folder of the image's Python environment. */
const virtualEnv = "/app/.venv";
const homeDir = "/app/superset_home";

/** Of the official image. pydruid is published as source alone. */
export const python: PythonArgs = {
  interpreter: `${virtualEnv}/bin/python`,
  pythonPath: ["/app/pythonpath"],
  buildsFromSource: true,
};

/**
 * Waits for the database, migrates it, brings what is encrypted in it to the present key, and makes the users. A change of image,
 * config or secrets makes and runs another.
 */
export function createSetup(app: App, shared: SupersetShared, args: SetupArgs): k8s.batch.v1.Job {
  const { values, secrets, held } = shared;
  const { admin, keyGeneration } = args;
  const container = baseContainer(shared);
  return createJob(app, {
    component: "setup",
    backoffLimit: 3,
    pod: withDrivers(shared.image, {
      uid,
      values,
      secrets: { ...secrets, ...args.secrets },
      container: {
        ...container,
        name: "setup",
        resources: values.setup.resources,
        command: [python.interpreter, `${configDir}/setup.py`],
        env: [
          ...container.env,
          { name: "ADMIN_USERNAME", value: admin.username },
          { name: "ADMIN_EMAIL", value: admin.email },
          ...(keyGeneration === undefined
            ? []
            : [{ name: "SECRETS_GENERATION", value: String(keyGeneration) }]),
          ...secretVariables(held, Object.keys(args.secrets)),
        ],
      },
      volumes: baseVolumes(shared),
    }),
  });
}

/** The web server. It starts beside the Job and serves once the Job has migrated the database. */
export function createWeb(
  app: App,
  shared: SupersetShared,
  statsAddress: string | undefined,
): k8s.apps.v1.Deployment {
  const { values, secrets } = shared;
  const container = baseContainer(shared);
  return createDeployment(app, {
    component: "web",
    name: serviceName,
    replicas: values.replicaCount,
    ports: { service: { http: values.service.port } },
    pod: withDrivers(shared.image, {
      uid,
      values,
      secrets,
      // A query that is being answered is answered still.
      terminationGracePeriodSeconds: values.gunicorn.timeoutSeconds,
      container: {
        ...container,
        name: "web",
        env: [
          ...container.env,
          ...(statsAddress === undefined ? [] : [{ name: "STATS_ADDRESS", value: statsAddress }]),
        ],
        resources: values.resources,
        command: gunicornCommand(values),
        ...probes({ httpGet: { path: "/health", port: "http" } }, { startSeconds: 600 }),
      },
      volumes: baseVolumes(shared),
    }),
  });
}

function gunicornCommand(values: SupersetValues): string[] {
  const { workers, threads, timeoutSeconds } = values.gunicorn;
  return [
    `${virtualEnv}/bin/gunicorn`,
    // The application is made once, and its workers share the memory.
    "--preload",
    `--bind=0.0.0.0:${values.service.port}`,
    `--workers=${workers}`,
    "--worker-class=gthread",
    `--threads=${threads}`,
    `--timeout=${timeoutSeconds}`,
    `--graceful-timeout=${timeoutSeconds}`,
    // The heartbeat's file: on a disk, a slow one would have the worker taken for dead.
    "--worker-tmp-dir=/dev/shm",
    "--access-logfile=-",
    `--pythonpath=${configDir}`,
    "server:app",
  ];
}

function baseContainer({ values, image, database, secrets, held }: SupersetShared) {
  return {
    ...image.container,
    env: [
      { name: "SUPERSET_CONFIG_PATH", value: `${configDir}/superset_config.py` },
      { name: "SUPERSET_HOME", value: homeDir },
      { name: "SUPERSET_HTTPS", value: String(values.https) },
      { name: "REGISTRAR_USERNAME", value: registrarUsername },
      // The root file system is read-only: writing byte code could only fail.
      { name: "PYTHONDONTWRITEBYTECODE", value: "1" },
      { name: "PYTHONUNBUFFERED", value: "1" },
      { name: "DATABASE_HOST", value: database.host },
      { name: "DATABASE_PORT", value: String(database.port) },
      { name: "DATABASE_NAME", value: database.name },
      { name: "DATABASE_USER", value: database.username },
      ...sslVariables(database, configDir),
      ...secretVariables(held, Object.keys(secrets)),
    ],
    volumeMounts: [
      { name: "config", mountPath: configDir, readOnly: true },
      { name: "home", mountPath: homeDir },
    ],
  };
}

function baseVolumes({ config }: SupersetShared) {
  return [
    { name: "config", configMap: { name: config.metadata.name } },
    { name: "home", emptyDir: {} },
  ];
}
