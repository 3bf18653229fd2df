import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DruidValues } from "../../settings";
import { labels, selectorLabels } from "../kubernetes/labels";
import { fromField, fromSecret, imageName, podTemplate, probes } from "../kubernetes/pod";
import { spreadOverNodes } from "../kubernetes/spread";
import { type DataVolume, dataVolume } from "../kubernetes/volume";
import { configDir, type DruidProcess, druidCommand, log4j2Xml } from "./jvm";
import {
  type DruidParts,
  type DruidReferences,
  druidServiceName,
  druidUid,
  headlessName,
} from "./parts";
import { runtimeProperties, sharedDir, varDir } from "./properties";

type Workload = k8s.apps.v1.StatefulSet | k8s.apps.v1.Deployment;

/** Processes that the others know by name, so that a restarted one is the same to them. */
const named: readonly DruidProcess[] = ["coordinator", "historical", "indexer"];
/** Processes that read or write segments and task logs. */
const storing: readonly DruidProcess[] = ["coordinator", "historical", "indexer"];

/** One process of the cluster with its configuration: a StatefulSet where the others know it by name, else a Deployment. */
export function createWorkload(
  parts: DruidParts,
  references: DruidReferences,
  process: DruidProcess,
): Workload {
  const { name, namespace, values, service, child } = parts;
  const config = createConfig(parts, process);
  const data = ownVolume(parts, process);
  const template = createTemplate(parts, references, process, config, data);
  const metadata = {
    name: druidServiceName(process),
    namespace: namespace.name,
    labels: labels(service, process),
  };
  const replicas = values[process].replicaCount;
  const selector = { matchLabels: selectorLabels(service, process) };
  if (!named.includes(process)) {
    return new k8s.apps.v1.Deployment(
      `${name}-${process}`,
      { metadata, spec: { replicas, selector, template } },
      child,
    );
  }
  const { options, claims } = data;
  return new k8s.apps.v1.StatefulSet(
    `${name}-${process}`,
    {
      metadata,
      spec: {
        serviceName: headlessName,
        replicas,
        podManagementPolicy: "Parallel",
        ...(process === "indexer" && values.indexer.taskReplicas > 1 && { minReadySeconds }),
        selector,
        ...claims,
        template,
      },
    },
    { ...child, ...options },
  );
}

/**
 * Between two of the pods that run tasks, where each task has a copy on another: a pod that is ready again gets its
 * copies back within seconds, and nothing in Druid tells when they have read what is not published yet.
 */
const minReadySeconds = 30;

/** Named by Pulumi, so that a change makes a second one that this process alone rolls over to. */
function createConfig(parts: DruidParts, process: DruidProcess): k8s.core.v1.ConfigMap {
  const { name, namespace, values, service, around, child } = parts;
  return new k8s.core.v1.ConfigMap(
    `${name}-${process}-config`,
    {
      metadata: { namespace: namespace.name, labels: labels(service, process) },
      data: {
        "runtime.properties": runtimeProperties(process, values, around),
        "log4j2.xml": log4j2Xml(),
      },
    },
    child,
  );
}

/** Derby's database, the Historical's cache of segments, or scratch room. */
function ownVolume({ values, keepData }: DruidParts, process: DruidProcess): DataVolume {
  if (process === "coordinator" && values.metadata.type === "derby") {
    return dataVolume("var", values.coordinator.persistence, keepData);
  }
  if (process === "historical") return dataVolume("var", values.historical.persistence, keepData);
  return { volumes: [{ name: "var", emptyDir: {} }], claims: {}, options: {} };
}

function createTemplate(
  parts: DruidParts,
  { secret, serviceAccount, deepStorage }: DruidReferences,
  process: DruidProcess,
  config: k8s.core.v1.ConfigMap,
  data: DataVolume,
) {
  const { namespace, values, service, secrets } = parts;
  const shared = sharedStorage(values, process, deepStorage);
  const host = named.includes(process)
    ? pulumi.interpolate`$(POD_NAME).${headlessName}.${namespace.domain}`
    : pulumi.output("$(POD_IP)");
  return podTemplate({
    service,
    component: process,
    uid: druidUid,
    values: values[process],
    secrets: secret && secrets,
    serviceAccountName: serviceAccount?.metadata.name,
    affinity: {
      ...spreadOverNodes(service, process, values[process].replicaCount),
      ...shared.affinity,
    },
    labels: shared.labels,
    containers: [
      {
        name: process,
        image: imageName(values.image),
        imagePullPolicy: values.image.pullPolicy,
        resources: values[process].resources,
        command: host.apply((address) => druidCommand(process, values, address)),
        workingDir: "/opt/druid",
        ports: [{ name: "http", containerPort: values[process].service.port }],
        env: [
          fromField("POD_NAME", "metadata.name"),
          fromField("POD_NAMESPACE", "metadata.namespace"),
          fromField("POD_IP", "status.podIP"),
          ...(secret ? Object.keys(secrets).map((key) => fromSecret(key, secret, key)) : []),
        ],
        volumeMounts: [
          { name: "config", mountPath: configDir, readOnly: true },
          { name: "var", mountPath: varDir },
          ...shared.volumeMounts,
        ],
        ...processProbes[process],
      },
    ],
    volumes: [
      { name: "config", configMap: { name: config.metadata.name } },
      ...data.volumes,
      ...shared.volumes,
    ],
  });
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
  labels: Record<string, string>;
  volumes: k8s.types.input.core.v1.Volume[];
  volumeMounts: k8s.types.input.core.v1.VolumeMount[];
  affinity: k8s.types.input.core.v1.Affinity | undefined;
}

/** Mount of the shared volume; one that only one node can mount keeps its pods together. */
function sharedStorage(
  values: DruidValues,
  process: DruidProcess,
  claim: DruidReferences["deepStorage"],
): SharedStorage {
  if (claim === undefined || !storing.includes(process)) {
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
