import type { DruidValues } from "../../settings";
import type { App } from "../kubernetes/app";
import { allowEgress } from "../kubernetes/network";

/** Where API servers listen, whose Service's port is translated before most networks look at it. */
const apiServerPorts = [443, 6443];
const httpsPort = 443;

/** Where clouds hand out the credentials of a pod's identity, on the pod's own node. */
const linkLocalAddresses = ["169.254.0.0/16", "fe80::/10", "fd00:ec2::/32"];
/** 80: AWS (instance roles, Pod Identity) and Azure. 988: GKE before Dataplane V2. */
const credentialPorts = [80, 988];

/**
 * Lets Druid's pods out of a namespace that restricts what goes out: to Kubernetes' API, to S3, and, where there are no keys
 * for S3, to what a cloud's identity needs.
 */
export function allowDruidEgress(app: App, values: DruidValues, hasS3Keys: boolean): void {
  const { discovery, deepStorage } = values;
  const isS3 = deepStorage.type === "s3";
  const hasIdentity = isS3 && !hasS3Keys;
  const ports = new Set([
    ...(discovery === "kubernetes" ? apiServerPorts : []),
    ...(isS3 ? [portOf(deepStorage.s3.endpoint)] : []),
    // The token service.
    ...(hasIdentity ? [httpsPort] : []),
  ]);
  const rules = [
    ...(ports.size > 0 ? [{ ports: [...ports] }] : []),
    ...(hasIdentity ? [{ ports: credentialPorts, cidrs: linkLocalAddresses }] : []),
  ];
  allowEgress(app, "cluster", rules, app.selectorLabels());
}

/** Port of an S3 service's URL; AWS's own where there is none. */
function portOf(endpoint: string): number {
  if (endpoint === "") return httpsPort;
  const url = new URL(endpoint.includes("://") ? endpoint : `https://${endpoint}`);
  return Number(url.port) || (url.protocol === "http:" ? 80 : httpsPort);
}
