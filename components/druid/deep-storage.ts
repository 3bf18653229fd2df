import * as k8s from "@pulumi/kubernetes";
import { labels } from "../kubernetes/labels";
import { claimSpec } from "../kubernetes/volume";
import { type DruidParts, deepStorageClaim } from "./parts";

/**
 * The volume that segments and task logs are kept in. The Indexer writes it and the Historical reads it, so that a
 * volume of each pod's own would lose segments when they are handed over.
 */
export function createDeepStorage(
  parts: DruidParts,
): k8s.core.v1.PersistentVolumeClaim | undefined {
  const { name, namespace, values, keepData, service, child } = parts;
  const { type, size, storageClass, accessMode } = values.deepStorage;
  if (type !== "volume") return undefined;
  return new k8s.core.v1.PersistentVolumeClaim(
    `${name}-deep-storage`,
    {
      metadata: {
        name: deepStorageClaim,
        namespace: namespace.name,
        labels: labels(service, "deep-storage"),
        // Pulumi would wait for one that is not bound yet, also when it changes one that is: the pods wait for it themselves.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: claimSpec(size, storageClass, accessMode),
    },
    // A claim on another StorageClass would be another volume, and the segments would go with this one.
    {
      ...child,
      retainOnDelete: keepData,
      ignoreChanges: ["spec.storageClassName", "spec.accessModes"],
    },
  );
}

/** The Secret that the pods' environment is filled from; undefined where nothing is secret. */
export function createSecret(parts: DruidParts): k8s.core.v1.Secret | undefined {
  const { name, namespace, service, secrets, child } = parts;
  if (Object.keys(secrets).length === 0) return undefined;
  return new k8s.core.v1.Secret(
    `${name}-secret`,
    {
      metadata: { namespace: namespace.name, labels: labels(service, "secret") },
      stringData: secrets,
    },
    child,
  );
}
