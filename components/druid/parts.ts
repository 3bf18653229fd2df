import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { DruidValues } from "../../settings";
import type { Service } from "../kubernetes/labels";
import type { Namespace } from "../kubernetes/namespace";
import type { DruidProcess } from "./jvm";
import type { DruidSurroundings } from "./properties";

/** What all parts of one Druid cluster are made from. */
export interface DruidParts {
  /** Logical name of the cluster, which its parts' names start with. */
  name: string;
  namespace: Namespace;
  values: DruidValues;
  keepData: boolean;
  service: Service;
  around: DruidSurroundings;
  /** By the environment variable that each is read from. */
  secrets: Readonly<Record<string, pulumi.Input<string>>>;
  child: pulumi.CustomResourceOptions;
}

/** What the pods refer to by name. */
export interface DruidReferences {
  /** Holds `DruidParts.secrets`, where there are any. */
  secret?: k8s.core.v1.Secret;
  /** Account that speaks to Kubernetes' API, where discovery needs one. */
  serviceAccount?: k8s.core.v1.ServiceAccount;
  /** Where segments are kept, if in a volume. */
  deepStorage?: k8s.core.v1.PersistentVolumeClaim | undefined;
}

/** Name of a process's Service. */
export function druidServiceName(process: DruidProcess): string {
  return `druid-${process}`;
}

/** Name of the Service that gives each pod with a name of its own its DNS record. */
export const headlessName = "druid-headless";
/** Name of the claim that the data services share. */
export const deepStorageClaim = "druid-deep-storage";
/** User `druid` of the official image. */
export const druidUid = 1000;
