import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DruidValues } from "../../settings";
import { labels, type Service, selectorLabels } from "../kubernetes/labels";
import type { Namespace } from "../kubernetes/namespace";
import { imageName, podTemplate, probes } from "../kubernetes/pod";
import { clusterService } from "../kubernetes/service";
import { dataVolume } from "../kubernetes/volume";
import { classPathArguments } from "./jvm";

export interface DerbyArgs {
  /** Namespace to live in. */
  namespace: Namespace;
  /** Name of the stack. */
  stack: string;
  /** Druid's values: its image has Derby's jars. */
  values: DruidValues;
  /** True: the volume outlives it. */
  keepData: boolean;
}

const serviceName = "derby";
const component = "server";
const port = 1527;
const uid = 1000;
const dataDir = "/var/lib/derby";

/** Derby's network server: Druid's metadata where several coordinators share it and the image has no PostgreSQL driver. */
export class Derby extends pulumi.ComponentResource {
  /** `host:port/database` for clients. */
  readonly address = `${serviceName}:${port}/druid`;
  readonly server: k8s.apps.v1.StatefulSet;

  constructor(name: string, args: DerbyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Derby", name, {}, opts);
    const parts: Parts = {
      name,
      args,
      service: { name: "derby", version: args.values.image.tag, stack: args.stack },
      child: { ...args.namespace.inhabitant, parent: this },
    };
    createService(parts);
    this.server = createServer(parts);
    this.registerOutputs({ address: this.address });
  }
}

interface Parts {
  name: string;
  args: DerbyArgs;
  service: Service;
  child: pulumi.CustomResourceOptions;
}

function createService({ name, args, service, child }: Parts): void {
  const pods = { name: serviceName, namespace: args.namespace, service, component };
  clusterService(`${name}-service`, { ...pods, ports: { client: port } }, child);
}

function createServer({ name, args, service, child }: Parts): k8s.apps.v1.StatefulSet {
  const { namespace, values, keepData } = args;
  const { derby } = values;
  const { volumes, options, claims } = dataVolume("data", derby.persistence, keepData);
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
          values: derby,
          containers: [
            {
              name: "derby",
              image: imageName(values.image),
              imagePullPolicy: values.image.pullPolicy,
              resources: derby.resources,
              command: command(values),
              ports: [{ name: "client", containerPort: port }],
              ...probes({ tcpSocket: { port: "client" } }, { startSeconds: 120 }),
              volumeMounts: [{ name: "data", mountPath: dataDir }],
            },
          ],
          volumes,
        }),
      },
    },
    { ...child, ...options },
  );
}

function command(values: DruidValues): string[] {
  const { jvm } = values.derby;
  return [
    "java",
    `-Xmx${jvm.maxHeap}`,
    "-XX:+ExitOnOutOfMemoryError",
    ...jvm.args,
    `-Dderby.system.home=${dataDir}`,
    "-Dderby.stream.error.field=java.lang.System.err",
    ...classPathArguments(values.classPath),
    "org.apache.derby.drda.NetworkServerControl",
    "start",
    "-h",
    "0.0.0.0",
    "-p",
    String(port),
    // Its policy file would have to name each client's address; the pods' network is the boundary.
    "-noSecurityManager",
  ];
}
