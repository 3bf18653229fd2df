import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "./api";
import { dnsServiceIp } from "./layout";

/** The objects of addons.yaml: those that make a bare API server a usable cluster. */
export function addons(corednsImage: string): KubernetesObject[] {
  const text = readFileSync(join(__dirname, "addons.yaml"), "utf8")
    .replace("$COREDNS_IMAGE", corednsImage)
    .replace("$DNS_SERVICE_IP", dnsServiceIp);
  return [...parseAllDocuments(text)].map((document) => document.toJS());
}
