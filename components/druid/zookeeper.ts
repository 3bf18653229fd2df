import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DruidValues } from "../../settings";
import { labels, type Service, selectorLabels } from "../kubernetes/labels";
import type { Namespace } from "../kubernetes/namespace";
import { imageName, podTemplate } from "../kubernetes/pod";
import { clusterService, disruptionBudget, peerService } from "../kubernetes/service";
import { spreadOverNodes } from "../kubernetes/spread";
import { dataVolume } from "../kubernetes/volume";
import { classPathArguments, log4j2Xml } from "./jvm";
import {
  adminPort,
  dataDir,
  electionPort,
  headlessName,
  nameCommand,
  quorumPort,
  serverProbes,
  serviceName,
  zooCfg,
} from "./zookeeper-server";

export interface ZooKeeperArgs {
  /** Namespace to live in. */
  namespace: Namespace;
  /** Name of the stack. */
  stack: string;
  /** Druid's values: its image has ZooKeeper's jars. */
  values: DruidValues;
  /** True: the volume outlives it. */
  keepData: boolean;
}

const component = "server";
const uid = 1000;
const configDir = "/etc/zookeeper";

/** A ZooKeeper of one server or an ensemble, by which Druid's services find each other where they don't ask Kubernetes. */
export class ZooKeeper extends pulumi.ComponentResource {
  /** `host:port` for clients. */
  readonly address: string;
  readonly server: k8s.apps.v1.StatefulSet;

  constructor(name: string, args: ZooKeeperArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:ZooKeeper", name, {}, opts);
    const parts: Parts = {
      name,
      args,
      service: { name: "zookeeper", version: args.values.image.tag, stack: args.stack },
      child: { ...args.namespace.inhabitant, parent: this },
    };
    const config = createConfig(parts);
    createServices(parts);
    this.server = createServer(parts, config);
    this.address = `${serviceName}:${args.values.zookeeper.service.port}`;
    this.registerOutputs({ address: this.address });
  }
}

interface Parts {
  name: string;
  args: ZooKeeperArgs;
  service: Service;
  child: pulumi.CustomResourceOptions;
}

function createConfig({ name, args, service, child }: Parts): k8s.core.v1.ConfigMap {
  return new k8s.core.v1.ConfigMap(
    `${name}-config`,
    {
      metadata: { namespace: args.namespace.name, labels: labels(service, component) },
      data: {
        "zoo.cfg": args.namespace.domain.apply((domain) => zooCfg(args.values.zookeeper, domain)),
        "log4j2.xml": log4j2Xml(),
      },
    },
    child,
  );
}

function createServices({ name, args, service, child }: Parts): void {
  const { replicaCount, service: front } = args.values.zookeeper;
  const pods = { name: serviceName, namespace: args.namespace, service, component };
  const client = front.port;
  clusterService(`${name}-service`, { ...pods, ports: { client } }, child);
  if (replicaCount === 1) return;
  const ports = { client, quorum: quorumPort, election: electionPort };
  peerService(`${name}-headless`, { ...pods, name: headlessName, ports }, child);
  disruptionBudget(`${name}-disruption`, { ...pods, replicaCount }, child);
}

function createServer(
  { name, args, service, child }: Parts,
  config: k8s.core.v1.ConfigMap,
): k8s.apps.v1.StatefulSet {
  const { namespace, values, keepData } = args;
  const { zookeeper } = values;
  const { volumes, options, claims } = dataVolume("data", zookeeper.persistence, keepData);
  const isEnsemble = zookeeper.replicaCount > 1;
  const container = {
    image: imageName(values.image),
    imagePullPolicy: values.image.pullPolicy,
    resources: zookeeper.resources,
    volumeMounts: [
      { name: "config", mountPath: configDir, readOnly: true },
      { name: "data", mountPath: dataDir },
    ],
  };
  return new k8s.apps.v1.StatefulSet(
    `${name}-server`,
    {
      metadata: {
        name: serviceName,
        namespace: namespace.name,
        labels: labels(service, component),
      },
      spec: {
        serviceName: isEnsemble ? headlessName : serviceName,
        replicas: zookeeper.replicaCount,
        // An ensemble starts by a majority at once, never one after the other.
        ...(isEnsemble && { podManagementPolicy: "Parallel" }),
        selector: { matchLabels: selectorLabels(service, component) },
        ...claims,
        template: podTemplate({
          service,
          component,
          uid,
          values: zookeeper,
          affinity: spreadOverNodes(service, component, zookeeper.replicaCount),
          ...(isEnsemble && {
            initContainers: [{ ...container, name: "number", ...nameCommand() }],
          }),
          containers: [
            {
              ...container,
              name: "zookeeper",
              command: command(values),
              ports: [
                { name: "client", containerPort: zookeeper.service.port },
                { name: "admin", containerPort: adminPort },
                ...(isEnsemble
                  ? [
                      { name: "quorum", containerPort: quorumPort },
                      { name: "election", containerPort: electionPort },
                    ]
                  : []),
              ],
              ...serverProbes(values),
            },
          ],
          volumes: [{ name: "config", configMap: { name: config.metadata.name } }, ...volumes],
        }),
      },
    },
    { ...child, ...options },
  );
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
