import type * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { PersistenceValues } from "../../settings";
import type { App } from "./app";
import type { Namespace } from "./namespace";

type ClaimTemplate = k8s.types.input.core.v1.PersistentVolumeClaim;
type Volume = k8s.types.input.core.v1.Volume;

/** What a StatefulSet keeps its pods' data in. */
export interface DataVolume {
  /** For the StatefulSet's spec. */
  readonly claims: {
    readonly volumeClaimTemplates?: ClaimTemplate[];
    readonly persistentVolumeClaimRetentionPolicy?: {
      readonly whenDeleted: string;
      readonly whenScaled: string;
    };
  };
  /** For the pod template, where nothing is persisted. */
  readonly volumes: Volume[];
  /**
   * For the StatefulSet. Kubernetes takes no other claims for a StatefulSet that is there, and replacing it would
   * delete the volumes: another size or StorageClass is for those that are not made yet.
   */
  readonly options: CustomResourceOptions;
}

/**
 * The volume `name` of each pod of a StatefulSet. Where a destroy keeps the data, it outlives the StatefulSet, and the next one
 * of the same name finds it.
 *
 * @param persistence undefined: the volume lives and dies with its pod
 */
export function dataVolume(
  { namespace }: App,
  name: string,
  persistence: PersistenceValues | undefined,
): DataVolume {
  if (!persistence?.enabled) return { volumes: [{ name, emptyDir: {} }], claims: {}, options: {} };
  return {
    volumes: [],
    options: { ignoreChanges: ["spec.volumeClaimTemplates[0].spec"] },
    claims: {
      volumeClaimTemplates: [
        {
          metadata: { name },
          spec: claimSpec(namespace, { ...persistence, accessMode: "ReadWriteOnce" }),
        },
      ],
      persistentVolumeClaimRetentionPolicy: {
        whenDeleted: namespace.keepData ? "Retain" : "Delete",
        whenScaled: "Retain",
      },
    },
  };
}

/** Spec of a claim. An empty `storageClass` is the stack's, and if that is empty, too, the cluster's default. */
export function claimSpec(
  namespace: Namespace,
  claim: { size: string; storageClass: string; accessMode: string },
) {
  const storageClassName = claim.storageClass || namespace.storageClass;
  return {
    accessModes: [claim.accessMode],
    ...(storageClassName && { storageClassName }),
    resources: { requests: { storage: claim.size } },
  };
}
