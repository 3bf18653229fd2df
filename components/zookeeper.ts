import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DruidValues } from "../settings";
import { classPathArguments, log4j2Xml } from "./druid-jvm";
import { labels, type Service, selectorLabels } from "./labels";
import type { Namespace } from "./namespace";
import { imageName, podTemplate, probes } from "./pod";
import { dataVolume } from "./volume";

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

const serviceName = "zookeeper";
const component = "server";
const uid = 1000;
const configDir = "/etc/zookeeper";
const dataDir = "/var/lib/zookeeper";
const adminPort = 8080;

/** One ZooKeeper, by which Druid's services find each other where the image can't ask Kubernetes. */
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
    createService(parts);
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
  const config = [
    "tickTime=2000",
    `dataDir=${dataDir}/data`,
    `clientPort=${args.values.zookeeper.service.port}`,
    `admin.serverPort=${adminPort}`,
    "autopurge.purgeInterval=24",
    "autopurge.snapRetainCount=3",
  ];
  return new k8s.core.v1.ConfigMap(
    `${name}-config`,
    {
      metadata: { namespace: args.namespace.name, labels: labels(service, component) },
      data: { "zoo.cfg": `${config.join("\n")}\n`, "log4j2.xml": log4j2Xml() },
    },
    child,
  );
}

function createService({ name, args, service, child }: Parts): k8s.core.v1.Service {
  return new k8s.core.v1.Service(
    `${name}-service`,
    {
      metadata: {
        name: serviceName,
        namespace: args.namespace.name,
        labels: labels(service, component),
      },
      spec: {
        selector: selectorLabels(service, component),
        ports: [{ name: "client", port: args.values.zookeeper.service.port, targetPort: "client" }],
      },
    },
    child,
  );
}

function createServer(
  { name, args, service, child }: Parts,
  config: k8s.core.v1.ConfigMap,
): k8s.apps.v1.StatefulSet {
  const { namespace, values, keepData } = args;
  const { zookeeper } = values;
  const { volumes, ...claims } = dataVolume("data", zookeeper.persistence, keepData);
  return new k8s.apps.v1.StatefulSet(
    `${name}-server`,
    {
      metadata: {
        name: serviceName,
        namespace: namespace.name,
        labels: labels(service, component),
      },
      spec: {
        serviceName,
        replicas: 1,
        selector: { matchLabels: selectorLabels(service, component) },
        ...claims,
        template: podTemplate({
          service,
          component,
          uid,
          values: zookeeper,
          containers: [
            {
              name: "zookeeper",
              image: imageName(values.image),
              imagePullPolicy: values.image.pullPolicy,
              resources: zookeeper.resources,
              command: command(values),
              ports: [
                { name: "client", containerPort: zookeeper.service.port },
                { name: "admin", containerPort: adminPort },
              ],
              ...probes(
                { httpGet: { path: "/commands/ruok", port: "admin" } },
                { startSeconds: 120 },
              ),
              volumeMounts: [
                { name: "config", mountPath: configDir, readOnly: true },
                { name: "data", mountPath: dataDir },
              ],
            },
          ],
          volumes: [{ name: "config", configMap: { name: config.metadata.name } }, ...volumes],
        }),
      },
    },
    child,
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
