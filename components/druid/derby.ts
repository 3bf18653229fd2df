import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DruidValues } from "../../settings";
import { App } from "../kubernetes/app";
import type { Namespace } from "../kubernetes/namespace";
import { containerImage, probes } from "../kubernetes/pod";
import { dataVolume } from "../kubernetes/volume";
import { createStatefulSet } from "../kubernetes/workload";
import { classPathArguments } from "./jvm";

export interface DerbyArgs {
  /** Namespace to live in. */
  readonly namespace: Namespace;
  /** Druid's values: its image has Derby's jars. */
  readonly values: DruidValues;
}

const serviceName = "derby";
export const derbyPort = 1527;
const uid = 1000;
const dataDir = "/var/lib/derby";

/** Derby's network server: Druid's metadata where several coordinators share it and the image has no PostgreSQL driver. */
export class Derby extends pulumi.ComponentResource {
  /** `host:port/database` for clients. */
  readonly address = `${serviceName}:${derbyPort}/druid`;
  readonly server: k8s.apps.v1.StatefulSet;

  constructor(name: string, args: DerbyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Derby", name, {}, opts);
    const { namespace, values } = args;
    const version = values.image.tag;
    const app = new App({ name: "derby", version, namespace, parent: this, resourceName: name });
    this.server = createServer(app, values);
    this.registerOutputs({ address: this.address });
  }
}

function createServer(app: App, values: DruidValues): k8s.apps.v1.StatefulSet {
  const { derby } = values;
  const data = dataVolume(app, "data", derby.persistence);
  return createStatefulSet(app, {
    component: "server",
    name: serviceName,
    ports: { service: { client: derbyPort } },
    data,
    pod: {
      uid,
      values: derby,
      container: {
        ...containerImage(values.image),
        name: "derby",
        resources: derby.resources,
        command: command(values),
        volumeMounts: [{ name: "data", mountPath: dataDir }],
        ...probes({ tcpSocket: { port: "client" } }, { startSeconds: 120 }),
      },
      volumes: data.volumes,
    },
  });
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
    String(derbyPort),
    // Its policy file would have to name each client's address; the pods' network is the boundary.
    "-noSecurityManager",
  ];
}
