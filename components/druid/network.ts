import * as k8s from "@pulumi/kubernetes";
import { labels } from "../kubernetes/labels";
import type { DruidParts } from "./parts";

/** Where API servers listen, whose Service's port is translated before most networks look at it. */
const apiServerPorts = [443, 6443];
const httpsPort = 443;

/** Lets Druid's pods out of a namespace that restricts what goes out: to Kubernetes' API and to S3, by their ports. */
export function createEgress(parts: DruidParts): void {
  const { name, namespace, service, child } = parts;
  const ports = egressPorts(parts);
  if (!namespace.restrictEgress || ports.length === 0) return;
  new k8s.networking.v1.NetworkPolicy(
    `${name}-egress`,
    {
      metadata: {
        name: "druid-egress",
        namespace: namespace.name,
        labels: labels(service, "cluster"),
      },
      spec: {
        podSelector: {
          matchLabels: {
            "app.kubernetes.io/name": service.name,
            "app.kubernetes.io/instance": service.stack,
          },
        },
        policyTypes: ["Egress"],
        egress: [{ ports: ports.map((port) => ({ protocol: "TCP", port })) }],
      },
    },
    child,
  );
}

function egressPorts({ values }: DruidParts): number[] {
  const { discovery, deepStorage } = values;
  return [
    ...new Set([
      ...(discovery === "kubernetes" ? apiServerPorts : []),
      ...(deepStorage.type === "s3" ? [portOf(deepStorage.s3.endpoint)] : []),
    ]),
  ];
}

/** Port of an S3 service's URL; AWS's own where there is none. */
function portOf(endpoint: string): number {
  if (endpoint === "") return httpsPort;
  const url = new URL(endpoint.includes("://") ? endpoint : `https://${endpoint}`);
  return Number(url.port) || (url.protocol === "http:" ? 80 : httpsPort);
}
