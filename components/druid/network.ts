import type { DruidValues } from "../../settings";
import type { App } from "../kubernetes/app";
import { allowEgress } from "../kubernetes/network";

/** Where API servers listen, whose Service's port is translated before most networks look at it. */
const apiServerPorts = [443, 6443];
const httpsPort = 443;

/** Lets Druid's pods out of a namespace that restricts what goes out: to Kubernetes' API and to S3, by their ports. */
export function allowDruidEgress(app: App, values: DruidValues): void {
  allowEgress(app, "cluster", egressPorts(values), app.selectorLabels());
}

function egressPorts({ discovery, deepStorage }: DruidValues): number[] {
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
