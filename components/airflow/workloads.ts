import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ResourceValues } from "../../settings";
import { labels, selectorLabels } from "../kubernetes/labels";
import { type ContainerArgs, fromSecret, podTemplate, probes } from "../kubernetes/pod";
import { clusterService } from "../kubernetes/service";
import { type DatabaseAccess, sslMode } from "../postgres/database";
import {
  type AirflowParts,
  type AirflowReferences,
  airflowUid,
  baseContainer,
  baseVolumes,
  dagMounts,
  homeDir,
  passwordsFile,
  programDir,
  serviceName,
} from "./parts";

const schedulerHealthPort = 8974;
const passwordsDir = "/etc/airflow-passwords";

/**
 * Makes the database, imports each DAG file, and migrates. A change of image, DAG or setting makes and runs another; where
 * a DAG file is broken it fails with Airflow's import error, and nothing that depends on it is touched.
 */
export function createSetup(
  parts: AirflowParts,
  references: AirflowReferences,
  database: { own: DatabaseAccess; superuser: DatabaseAccess },
): k8s.batch.v1.Job {
  const { name, namespace, values, service, secrets, child } = parts;
  const base = baseContainer(parts, references);
  const common = {
    resources: values.setup.resources,
    terminationMessagePolicy: "FallbackToLogsOnError",
  };
  return new k8s.batch.v1.Job(
    `${name}-setup`,
    {
      metadata: { namespace: namespace.name, labels: labels(service, "setup") },
      spec: {
        // Pulumi's provider gives up after the last try; a podFailurePolicy that fails the Job before that it doesn't heed.
        backoffLimit: 2,
        activeDeadlineSeconds: namespace.jobDeadlineSeconds,
        template: podTemplate({
          service,
          component: "setup",
          uid: airflowUid,
          values,
          secrets: { ...secrets.common, ...secrets.database },
          restartPolicy: "Never",
          initContainers: [
            {
              ...base,
              ...common,
              name: "database",
              command: ["python", `${programDir}/database.py`],
              env: [
                { name: "DATABASE_HOST", value: database.own.host },
                { name: "DATABASE_PORT", value: String(database.own.port) },
                { name: "DATABASE_NAME", value: database.own.name },
                { name: "SUPERUSER_NAME", value: database.superuser.username },
                { name: "SUPERUSER_DATABASE", value: database.superuser.name },
                ...sslMode(database.own),
                ...Object.keys(secrets.database).map((key) =>
                  fromSecret(key, references.secrets.database, key),
                ),
              ],
            },
          ],
          containers: [
            {
              ...base,
              ...common,
              name: "setup",
              command: ["python", `${programDir}/setup.py`],
              volumeMounts: [...base.volumeMounts, ...dagMounts(references)],
            },
          ],
          volumes: baseVolumes(references, parts),
        }),
      },
    },
    // The template of a Job can't be changed; one more beside it does no harm, for a second run finds all done.
    child,
  );
}

/** The web page, the REST API, and what running tasks report to. */
export function createApiServer(
  parts: AirflowParts,
  references: AirflowReferences,
  setup: k8s.batch.v1.Job,
): k8s.apps.v1.Deployment {
  const { values, secrets } = parts;
  const base = baseContainer(parts, references);
  return createDeployment(parts, references, setup, {
    component: "api-server",
    serviceName,
    resources: values.apiServer.resources,
    secrets: { ...secrets.common, ...secrets.passwords },
    command: ["airflow", "api-server"],
    ports: [{ name: "http", containerPort: values.service.port }],
    ...probes({ httpGet: { path: "/api/v2/monitor/health", port: "http" } }, { startSeconds: 600 }),
    initContainers: [
      {
        ...base,
        name: "passwords",
        resources: values.apiServer.resources,
        // Airflow opens the file for writing, too, which a Secret's is not.
        command: ["python", "-c", copyPasswords],
        env: [],
        volumeMounts: [
          { name: "home", mountPath: homeDir },
          { name: "passwords", mountPath: passwordsDir, readOnly: true },
        ],
      },
    ],
    volumes: [
      { name: "passwords", secret: { secretName: references.secrets.passwords.metadata.name } },
    ],
  });
}

const copyPasswords = `import shutil; shutil.copyfile("${passwordsDir}/${passwordsFile}", "${homeDir}/${passwordsFile}")`;

/** Starts the runs, and runs their tasks. Comes after what the tasks send to. */
export function createScheduler(
  parts: AirflowParts,
  references: AirflowReferences,
  setup: k8s.batch.v1.Job,
  after: pulumi.Resource | undefined,
): k8s.apps.v1.Deployment {
  const { values, secrets } = parts;
  return createDeployment(parts, references, after ? [setup, after] : setup, {
    component: "scheduler",
    resources: values.scheduler.resources,
    secrets: { ...secrets.common, ...secrets.tasks },
    command: ["airflow", "scheduler"],
    env: Object.keys(secrets.tasks).map((key) => fromSecret(key, references.secrets.tasks, key)),
    volumeMounts: dagMounts(references),
    ports: [
      { name: "health", containerPort: schedulerHealthPort },
      { name: "logs", containerPort: 8793 },
    ],
    ...probes(
      { httpGet: { path: "/health", port: "health" } },
      { startSeconds: 600, timeoutSeconds: 10 },
    ),
  });
}

/** Reads the DAG files. */
export function createDagProcessor(
  parts: AirflowParts,
  references: AirflowReferences,
  setup: k8s.batch.v1.Job,
): k8s.apps.v1.Deployment {
  const { values, secrets } = parts;
  return createDeployment(parts, references, setup, {
    component: "dag-processor",
    resources: values.dagProcessor.resources,
    secrets: secrets.common,
    command: ["airflow", "dag-processor"],
    volumeMounts: dagMounts(references),
    ...probes(
      { exec: { command: ["python", `${programDir}/heartbeat.py`] } },
      { startSeconds: 600, timeoutSeconds: 10 },
    ),
  });
}

interface DeploymentArgs extends Omit<ContainerArgs, "name" | "image"> {
  component: string;
  /** Name of the Service and of the Deployment. Default: `airflow-<component>`. */
  serviceName?: string;
  resources: ResourceValues;
  secrets: Record<string, pulumi.Input<string>>;
  initContainers?: ContainerArgs[];
  volumes?: k8s.types.input.core.v1.Volume[];
}

function createDeployment(
  parts: AirflowParts,
  references: AirflowReferences,
  dependsOn: pulumi.CustomResourceOptions["dependsOn"],
  args: DeploymentArgs,
): k8s.apps.v1.Deployment {
  const { name, namespace, values, service, child } = parts;
  const { component, secrets, initContainers, volumes = [], env = [], ...container } = args;
  const { serviceName: ownName, volumeMounts = [], ...rest } = container;
  const base = baseContainer(parts, references);
  return new k8s.apps.v1.Deployment(
    `${name}-${component}`,
    {
      metadata: {
        name: ownName ?? `${serviceName}-${component}`,
        namespace: namespace.name,
        labels: labels(service, component),
      },
      spec: {
        replicas: 1,
        selector: { matchLabels: selectorLabels(service, component) },
        template: podTemplate({
          service,
          component,
          uid: airflowUid,
          values,
          secrets,
          terminationGracePeriodSeconds: values.terminationGracePeriodSeconds,
          initContainers,
          containers: [
            {
              ...base,
              ...rest,
              name: component,
              env: [...base.env, ...env],
              volumeMounts: [...base.volumeMounts, ...volumeMounts],
            },
          ],
          volumes: [...baseVolumes(references, parts), ...volumes],
        }),
      },
    },
    { ...child, dependsOn },
  );
}

export function createService(parts: AirflowParts): void {
  const { name, namespace, values, service, child } = parts;
  const pods = { name: serviceName, namespace, service, component: "api-server" };
  clusterService(`${name}-service`, { ...pods, ports: { http: values.service.port } }, child);
}
