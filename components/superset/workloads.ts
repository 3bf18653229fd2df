import * as k8s from "@pulumi/kubernetes";
import { labels, selectorLabels } from "../kubernetes/labels";
import { fromSecret, podTemplate, probes } from "../kubernetes/pod";
import { clusterService, disruptionBudget, type Pods } from "../kubernetes/service";
import { spreadOverNodes } from "../kubernetes/spread";
import {
  baseContainer,
  baseVolumes,
  configDir,
  type SupersetParts,
  type SupersetReferences,
  supersetUid,
  virtualEnv,
} from "./parts";

export const serviceName = "superset";
const web = "web";
const setup = "setup";

/**
 * Migrates the database, brings what is encrypted in it to the present key, and makes the first user. A change of image,
 * config or secrets makes and runs another.
 */
export function createSetup(
  parts: SupersetParts,
  references: SupersetReferences,
): k8s.batch.v1.Job {
  const { name, namespace, values, service, secrets, setupSecrets, admin, child } = parts;
  const base = baseContainer(parts, references);
  return new k8s.batch.v1.Job(
    `${name}-setup`,
    {
      metadata: { namespace: namespace.name, labels: labels(service, setup) },
      spec: {
        backoffLimit: 3,
        activeDeadlineSeconds: namespace.jobDeadlineSeconds,
        template: podTemplate({
          service,
          component: setup,
          uid: supersetUid,
          values,
          secrets: { ...secrets, ...setupSecrets },
          restartPolicy: "Never",
          containers: [
            {
              ...base,
              env: [
                ...base.env,
                { name: "ADMIN_USERNAME", value: admin.username },
                { name: "ADMIN_EMAIL", value: admin.email },
                ...(parts.keyGeneration === undefined
                  ? []
                  : [{ name: "SECRETS_GENERATION", value: String(parts.keyGeneration) }]),
                ...Object.keys(setupSecrets).map((key) => fromSecret(key, references.secret, key)),
              ],
              name: setup,
              resources: values.setup.resources,
              command: [`${virtualEnv}/bin/python`, `${configDir}/setup.py`],
            },
          ],
          volumes: baseVolumes(references),
        }),
      },
    },
    child,
  );
}

/** The web server. It starts beside the Job and serves once the Job has migrated the database. */
export function createWeb(
  parts: SupersetParts,
  references: SupersetReferences,
): k8s.apps.v1.Deployment {
  const { name, namespace, values, service, secrets, child } = parts;
  return new k8s.apps.v1.Deployment(
    `${name}-web`,
    {
      metadata: { name: serviceName, namespace: namespace.name, labels: labels(service, web) },
      spec: {
        replicas: values.replicaCount,
        selector: { matchLabels: selectorLabels(service, web) },
        template: podTemplate({
          service,
          component: web,
          uid: supersetUid,
          values,
          secrets,
          affinity: spreadOverNodes(service, web, values.replicaCount),
          // A query that is being answered is answered still.
          terminationGracePeriodSeconds: values.gunicorn.timeoutSeconds,
          containers: [
            {
              ...baseContainer(parts, references),
              name: web,
              resources: values.resources,
              command: gunicornCommand(parts),
              ports: [{ name: "http", containerPort: values.service.port }],
              ...probes({ httpGet: { path: "/health", port: "http" } }, { startSeconds: 600 }),
            },
          ],
          volumes: baseVolumes(references),
        }),
      },
    },
    child,
  );
}

function gunicornCommand({ values }: SupersetParts): string[] {
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

export function createService(parts: SupersetParts): void {
  const { name, values, child } = parts;
  const ports = { http: values.service.port };
  clusterService(`${name}-service`, { ...podsOf(parts), ports }, child);
}

export function createDisruptionBudget(parts: SupersetParts): void {
  const { name, values, child } = parts;
  const { replicaCount } = values;
  disruptionBudget(`${name}-disruption`, { ...podsOf(parts), replicaCount }, child);
}

function podsOf({ namespace, service }: SupersetParts): Pods {
  return { name: serviceName, namespace, service, component: web };
}
