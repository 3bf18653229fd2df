import type { DruidValues } from "../../settings";
import { fromField, type Probes, probes } from "../kubernetes/pod";
import { classPathArguments } from "./jvm";

export const serviceName = "zookeeper";
/** Service that gives each server of an ensemble its own name. */
export const headlessName = "zookeeper-headless";
export const dataDir = "/var/lib/zookeeper";
export const adminPort = 8080;
export const quorumPort = 2888;
export const electionPort = 3888;

/** zoo.cfg, one text for all servers: which one a server is stands in its volume. */
export function zooCfg(zookeeper: DruidValues["zookeeper"], domain: string): string {
  const { replicaCount, service } = zookeeper;
  const server = (index: number) =>
    `server.${index + 1}=${serviceName}-${index}.${headlessName}.${domain}:${quorumPort}:${electionPort}`;
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
export function nameCommand() {
  return {
    command: ["sh", "-c", `echo $((POD_INDEX + 1)) > ${dataDir}/myid`],
    env: [fromField("POD_INDEX", "metadata.labels['apps.kubernetes.io/pod-index']")],
  };
}

/**
 * A server that runs need not serve: one of an ensemble does once it has found the others. A rolling restart goes on
 * when the pod is ready, so the start of such a one ends when it follows or leads.
 */
export function serverProbes(values: DruidValues): Probes {
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
