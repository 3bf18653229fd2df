import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DruidValues } from "../../settings";
import { App } from "../kubernetes/app";
import { createConfigMap } from "../kubernetes/config";
import type { Namespace } from "../kubernetes/namespace";
import { containerImage, fromField, type Probes, probes } from "../kubernetes/pod";
import { dataVolume } from "../kubernetes/volume";
import { createStatefulSet } from "../kubernetes/workload";
import { classPathArguments, log4j2Xml } from "./jvm";

export interface ZooKeeperArgs {
  /** Namespace to live in. */
  readonly namespace: Namespace;
  /** Druid's values: its image has ZooKeeper's jars. */
  readonly values: DruidValues;
}

const serviceName = "zookeeper";
const component = "server";
const uid = 1000;
const configDir = "/etc/zookeeper";
const dataDir = "/var/lib/zookeeper";
const adminPort = 8080;
export const quorumPort = 2888;
export const electionPort = 3888;

/** A ZooKeeper of one server or an ensemble, by which Druid's services find each other where they don't ask Kubernetes. */
export class ZooKeeper extends pulumi.ComponentResource {
  /** `host:port` for clients. */
  readonly address: string;
  readonly server: k8s.apps.v1.StatefulSet;

  constructor(name: string, args: ZooKeeperArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:ZooKeeper", name, {}, opts);
    const { namespace, values } = args;
    const version = values.image.tag;
    const app = new App({
      name: "zookeeper",
      version,
      namespace,
      parent: this,
      resourceName: name,
    });
    const config = createConfigMap(app, component, {
      "zoo.cfg": namespace.domain.apply((domain) => zooCfg(values.zookeeper, domain)),
      "log4j2.xml": log4j2Xml(),
    });
    this.server = createServer(app, values, config);
    this.address = `${serviceName}:${values.zookeeper.service.port}`;
    this.registerOutputs({ address: this.address });
  }
}

function createServer(
  app: App,
  values: DruidValues,
  config: k8s.core.v1.ConfigMap,
): k8s.apps.v1.StatefulSet {
  const { zookeeper } = values;
  const data = dataVolume(app, "data", zookeeper.persistence);
  const isEnsemble = zookeeper.replicaCount > 1;
  const container = {
    ...containerImage(values.image),
    resources: zookeeper.resources,
    volumeMounts: [
      { name: "config", mountPath: configDir, readOnly: true },
      { name: "data", mountPath: dataDir },
    ],
  };
  return createStatefulSet(app, {
    component,
    name: serviceName,
    replicas: zookeeper.replicaCount,
    ports: {
      service: { client: zookeeper.service.port },
      pod: { admin: adminPort },
      ...(isEnsemble && { peers: { quorum: quorumPort, election: electionPort } }),
    },
    data,
    // An ensemble starts by a majority at once, never one after the other.
    podManagementPolicy: isEnsemble ? "Parallel" : undefined,
    pod: {
      uid,
      values: zookeeper,
      ...(isEnsemble && {
        initContainers: [{ ...container, name: "number", ...nameCommand() }],
      }),
      container: {
        ...container,
        name: "zookeeper",
        command: command(values),
        ...serverProbes(values),
      },
      volumes: [{ name: "config", configMap: { name: config.metadata.name } }, ...data.volumes],
    },
  });
}

function command(values: DruidValues): string[] {
  const { jvm } = values.zookeeper;
  return [
    "java",
    `-Xmx${jvm.maxHeap}`,
    "-XX:+ExitOnOutOfMemoryError",
    ...jvm.args,
    `-Dlog4j.configurationFile=${configDir}/log4j2.xml`,
    ...classPathArguments(values.classPath),
    "org.apache.zookeeper.server.quorum.QuorumPeerMain",
    `${configDir}/zoo.cfg`,
  ];
}

/** zoo.cfg, one text for all servers: which one a server is stands in its volume. */
function zooCfg(zookeeper: DruidValues["zookeeper"], domain: string): string {
  const { replicaCount, service } = zookeeper;
  const server = (index: number) =>
    `server.${index + 1}=${serviceName}-${index}.${serviceName}-headless.${domain}:${quorumPort}:${electionPort}`;
  const ensemble = [
    // In ticks: time to join the leader, and to fall behind it.
    "initLimit=10",
    "syncLimit=5",
    // A server's own name may have no address yet when it starts.
    "quorumListenOnAllIPs=true",
    ...Array.from({ length: replicaCount }, (_, index) => server(index)),
  ];
  const lines = [
    "tickTime=2000",
    // A folder of the volume, or, where a number stands beside it, the volume itself.
    `dataDir=${dataDir}${replicaCount > 1 ? "" : "/data"}`,
    `clientPort=${service.port}`,
    `admin.serverPort=${adminPort}`,
    "autopurge.purgeInterval=24",
    "autopurge.snapRetainCount=3",
    ...(replicaCount > 1 ? ensemble : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** Writes the number by which a server finds itself among the others, from 1 on. */
function nameCommand() {
  return {
    command: ["sh", "-c", `echo $((POD_INDEX + 1)) > ${dataDir}/myid`],
    env: [fromField("POD_INDEX", "metadata.labels['apps.kubernetes.io/pod-index']")],
  };
}

/**
 * A server that runs need not serve: one of an ensemble does once it has found the others. A rolling restart goes on
 * when the pod is ready, so the start of such a one ends when it follows or leads.
 */
function serverProbes(values: DruidValues): Probes {
  const usual = probes(
    { httpGet: { path: "/commands/ruok", port: "admin" } },
    { startSeconds: 120 },
  );
  const { replicaCount, service } = values.zookeeper;
  if (replicaCount === 1) return usual;
  const ask = [
    "java",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Xmx32m",
    ...classPathArguments(values.classPath).map((argument) => `'${argument}'`),
    "org.apache.zookeeper.client.FourLetterWordMain localhost",
    service.port,
    "srvr",
  ].join(" ");
  return {
    ...usual,
    startupProbe: {
      exec: { command: ["sh", "-c", `case "$(${ask})" in *"Mode: "*) ;; *) exit 1 ;; esac`] },
      periodSeconds: 2,
      timeoutSeconds: 20,
      failureThreshold: 150,
    },
  };
}
