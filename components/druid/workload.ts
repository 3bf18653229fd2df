import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DruidValues } from "../../settings";
import type { App } from "../kubernetes/app";
import {
  createConfigMap,
  type Data,
  type HeldSecrets,
  secretVariables,
} from "../kubernetes/config";
import { containerImage, fromField, type PodArgs, probes } from "../kubernetes/pod";
import type { Workload } from "../kubernetes/rollout";
import { dataVolume } from "../kubernetes/volume";
import { createDeployment, createStatefulSet } from "../kubernetes/workload";
import { drain } from "./drain";
import { configDir, type DruidProcess, druidCommand, log4j2Xml } from "./jvm";
import { kafkaLoginFiles } from "./kafka";
import { type DruidEndpoints, runtimeProperties, sharedDir, varDir } from "./properties";

/** What the processes of one cluster share. */
export interface ProcessArgs {
  readonly values: DruidValues;
  readonly endpoints: pulumi.Output<DruidEndpoints>;
  /** By the environment variable that each is read from. */
  readonly secrets: HeldSecrets;
  /** Further files beside runtime.properties. */
  readonly files: Data;
  /** Account of the pods. Default: the namespace's, with no rights and no token. */
  readonly serviceAccount?: k8s.core.v1.ServiceAccount;
  /** Where segments are kept, if in a volume. */
  readonly deepStorage?: k8s.core.v1.PersistentVolumeClaim;
  /** How the processes that read topics log in to Kafka. */
  readonly kafkaLogin: HeldSecrets;
  /** What makes the metadata's database, where there is one to make, and Kafka's user. */
  readonly dependsOn: pulumi.Resource[];
}

/** Name of the Service that gives each pod of a StatefulSet its DNS record. */
export const headlessName = "druid-headless";
/** User `druid` of the official image. */
const uid = 1000;
/** Processes that the others know by their DNS name, so that a restarted one is the same to them. */
const withStableName: readonly DruidProcess[] = ["coordinator", "historical", "indexer"];
/** Processes that read or write segments and task logs. */
const withDeepStorage: readonly DruidProcess[] = ["coordinator", "historical", "indexer"];

/** Name of a process's Service. */
export function druidServiceName(process: DruidProcess): string {
  return `druid-${process}`;
}

/**
 * One process of the cluster with its configuration: a StatefulSet where the others know it by name, else a Deployment.
 *
 * @param updateAfter the process that is updated before it
 */
export function createProcess(
  app: App,
  args: ProcessArgs,
  process: DruidProcess,
  updateAfter?: Workload,
): Workload {
  const { values } = args;
  const data = dataVolume(app, "var", ownPersistence(values, process));
  const workload = {
    component: process,
    name: druidServiceName(process),
    resourceNames: { service: `${process}-service`, disruption: `${process}-disruption` },
    replicas: values[process].replicaCount,
    ports: { service: { http: values[process].service.port } },
    dependsOn: args.dependsOn,
    updateAfter,
    pod: processPod(app, args, process, data.volumes),
  };
  if (!hasStableName(values, process)) return createDeployment(app, workload);
  return createStatefulSet(app, {
    ...workload,
    serviceName: headlessName,
    podManagementPolicy: startsInOrder(values, process) ? undefined : "Parallel",
    data,
  });
}

/**
 * Each coordinator makes the metadata's tables. Derby locks two against each other that do so at once, until both give up and
 * columns are missing. PostgreSQL lets one of them wait.
 */
function startsInOrder({ metadata }: DruidValues, process: DruidProcess): boolean {
  return process === "coordinator" && metadata.type === "derbyServer";
}

/** Discovery by Kubernetes needs the names of all pods, to which its rights are restricted. */
function hasStableName({ discovery }: DruidValues, process: DruidProcess): boolean {
  return discovery === "kubernetes" || withStableName.includes(process);
}

/** Where a process tells the others that it is. */
function hostOf(app: App, values: DruidValues, process: DruidProcess): pulumi.Output<string> {
  if (!hasStableName(values, process)) return pulumi.output("$(POD_IP)");
  // Discovery by Kubernetes writes it into a label, which has at most 63 characters.
  if (values.discovery === "kubernetes") return pulumi.output(`$(POD_NAME).${headlessName}`);
  return pulumi.interpolate`$(POD_NAME).${headlessName}.${app.namespace.domain}`;
}

/** Druid can only add to a pod's annotations where there is one already. */
function discoveryAnnotations(process: DruidProcess): Record<string, string> {
  return { "kubectl.kubernetes.io/default-container": process };
}

/** Of Derby's database and of the Historical's cache of segments. The other processes' data is scratch. */
function ownPersistence(values: DruidValues, process: DruidProcess) {
  if (process === "coordinator" && values.metadata.type === "derby") {
    return values.coordinator.persistence;
  }
  return process === "historical" ? values.historical.persistence : undefined;
}

function processPod(
  app: App,
  args: ProcessArgs,
  process: DruidProcess,
  dataVolumes: k8s.types.input.core.v1.Volume[],
): Omit<PodArgs, "component"> {
  const { values, endpoints, secrets, serviceAccount, deepStorage } = args;
  const { type, s3 } = values.deepStorage;
  const shared = sharedStorage(values, process, deepStorage);
  const login = kafkaLoginFiles(process, args.kafkaLogin);
  const isDiscovery = values.discovery === "kubernetes";
  const handover = drain(process, values, {
    routerUrl: `http://${druidServiceName("router")}:${values.router.service.port}`,
    username: endpoints.apply(({ users }) => users.internalUsername),
  });
  const config = createConfigMap(
    app,
    process,
    {
      "runtime.properties": endpoints.apply((all) => runtimeProperties(process, values, all)),
      "log4j2.xml": log4j2Xml(),
      ...handover.files,
      ...args.files,
    },
    `${process}-config`,
  );
  return {
    uid,
    values: values[process],
    secrets: secrets.data,
    serviceAccountName: serviceAccount?.metadata.name,
    affinity: shared.affinity,
    labels: shared.labels,
    annotations: isDiscovery ? discoveryAnnotations(process) : {},
    automountServiceAccountToken: isDiscovery,
    terminationGracePeriodSeconds: handover.terminationGracePeriodSeconds,
    container: {
      ...containerImage(values.image),
      name: process,
      resources: values[process].resources,
      command: hostOf(app, values, process).apply((address) =>
        druidCommand(process, values, address),
      ),
      workingDir: "/opt/druid",
      env: [
        fromField("POD_NAME", "metadata.name"),
        fromField("POD_NAMESPACE", "metadata.namespace"),
        fromField("POD_IP", "status.podIP"),
        // Druid's own setting of it counts only with an endpoint's.
        ...(type === "s3" && s3.region ? [{ name: "AWS_REGION", value: s3.region }] : []),
        ...secretVariables(secrets),
      ],
      volumeMounts: [
        { name: "config", mountPath: configDir, readOnly: true },
        { name: "var", mountPath: varDir },
        ...shared.volumeMounts,
        ...login.volumeMounts,
      ],
      ...processProbes[process],
      ...handover.container,
    },
    volumes: [
      { name: "config", configMap: { name: config.metadata.name } },
      ...dataVolumes,
      ...shared.volumes,
      ...login.volumes,
    ],
  };
}

/** Room for the slowest start: all services at once on two busy cores, from a cold disk. */
const startSeconds = 300;
const alive = { httpGet: { path: "/status/health", port: "http" } };
/** True once the others can find it. */
const discovered = { httpGet: { path: "/status/selfDiscovered/status", port: "http" } };

const processProbes = {
  coordinator: probes(discovered, { startSeconds }, alive),
  // True once it knows every segment.
  broker: probes(
    { httpGet: { path: "/druid/broker/v1/readiness", port: "http" } },
    { startSeconds },
    alive,
  ),
  // True once the segments of its cache are loaded.
  historical: probes(
    { httpGet: { path: "/druid/historical/v1/readiness", port: "http" } },
    { startSeconds },
    alive,
  ),
  indexer: probes(discovered, { startSeconds }, alive),
  router: probes(discovered, { startSeconds }, alive),
};

const sharedLabel = "realtime-analytics/deep-storage";

interface SharedStorage {
  readonly labels: Record<string, string>;
  readonly volumes: k8s.types.input.core.v1.Volume[];
  readonly volumeMounts: k8s.types.input.core.v1.VolumeMount[];
  readonly affinity: k8s.types.input.core.v1.Affinity | undefined;
}

/** Mount of the shared volume; one that only one node can mount keeps its pods together. */
function sharedStorage(
  values: DruidValues,
  process: DruidProcess,
  claim: ProcessArgs["deepStorage"],
): SharedStorage {
  if (claim === undefined || !withDeepStorage.includes(process)) {
    return { labels: {}, volumes: [], volumeMounts: [], affinity: undefined };
  }
  const term = {
    topologyKey: "kubernetes.io/hostname",
    labelSelector: { matchLabels: { [sharedLabel]: "mounted" } },
  };
  return {
    labels: { [sharedLabel]: "mounted" },
    volumes: [{ name: "shared", persistentVolumeClaim: { claimName: claim.metadata.name } }],
    volumeMounts: [{ name: "shared", mountPath: sharedDir }],
    affinity:
      values.deepStorage.accessMode === "ReadWriteOnce"
        ? { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }
        : undefined,
  };
}
