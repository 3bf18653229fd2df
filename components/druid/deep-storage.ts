import * as k8s from "@pulumi/kubernetes";
import type { DruidValues } from "../../settings";
import type { App } from "../kubernetes/app";
import { claimSpec } from "../kubernetes/volume";

/**
 * The volume that segments and task logs are kept in. The Indexer writes it and the Historical reads it, so that a
 * volume of each pod's own would lose segments when they are handed over.
 */
export function createDeepStorage(
  app: App,
  { deepStorage }: DruidValues,
): k8s.core.v1.PersistentVolumeClaim | undefined {
  const { namespace } = app;
  if (deepStorage.type !== "volume") return undefined;
  return new k8s.core.v1.PersistentVolumeClaim(
    `${app.resourceName}-deep-storage`,
    {
      metadata: {
        ...app.metadata("deep-storage", "druid-deep-storage"),
        // Pulumi would wait for one that is not bound yet, also when it changes one that is: the pods wait for it themselves.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: claimSpec(namespace, deepStorage),
    },
    // A claim on another StorageClass would be another volume, and the segments would go with this one.
    {
      ...app.options,
      retainOnDelete: namespace.keepData,
      ignoreChanges: ["spec.storageClassName", "spec.accessModes"],
    },
  );
}
