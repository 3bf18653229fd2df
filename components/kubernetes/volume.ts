import type * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { PersistenceValues } from "../../settings";

type ClaimTemplate = k8s.types.input.core.v1.PersistentVolumeClaim;
type Volume = k8s.types.input.core.v1.Volume;

/** What a StatefulSet keeps its pods' data in. */
export interface DataVolume {
  /** For the StatefulSet's spec. */
  claims: {
    volumeClaimTemplates?: ClaimTemplate[];
    persistentVolumeClaimRetentionPolicy?: { whenDeleted: string; whenScaled: string };
  };
  /** For the pod template, where nothing is persisted. */
  volumes: Volume[];
  /**
   * For the StatefulSet. Kubernetes takes no other claims for a StatefulSet that is there, and making it anew would
   * delete the volumes: another size or StorageClass is for those that are not made yet.
   */
  options: CustomResourceOptions;
}

/**
 * The volume `name` of each pod of a StatefulSet.
 *
 * @param keep true: the volumes outlive the StatefulSet, and the next one of the same name finds them
 */
export function dataVolume(
  name: string,
  persistence: PersistenceValues,
  keep: boolean,
): DataVolume {
  if (!persistence.enabled) return { volumes: [{ name, emptyDir: {} }], claims: {}, options: {} };
  return {
    volumes: [],
    options: { ignoreChanges: ["spec.volumeClaimTemplates[0].spec"] },
    claims: {
      volumeClaimTemplates: [
        {
          metadata: { name },
          spec: claimSpec(persistence.size, persistence.storageClass, "ReadWriteOnce"),
        },
      ],
      persistentVolumeClaimRetentionPolicy: {
        whenDeleted: keep ? "Retain" : "Delete",
        whenScaled: "Retain",
      },
    },
  };
}

/** Spec of a claim for `size`; an empty `storageClass` is the cluster's default. */
export function claimSpec(size: string, storageClass: string, accessMode: string) {
  return {
    accessModes: [accessMode],
    ...(storageClass && { storageClassName: storageClass }),
    resources: { requests: { storage: size } },
  };
}
