import * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions, Resource } from "@pulumi/pulumi";
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
   * delete the volumes: another StorageClass is for those that are not made yet. For another size see `growClaims`.
   */
  readonly options: CustomResourceOptions;
  /** Name and size of the claims. Undefined: nothing is persisted. */
  readonly claim?: { readonly name: string; readonly size: string };
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
    claim: { name, size: persistence.size },
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

export interface StatefulSetClaims {
  /** The StatefulSet, whose claims are there once it is. */
  readonly statefulSet: Resource;
  readonly name: string;
  readonly component: string;
  readonly replicas: number;
  readonly claim: DataVolume["claim"];
}

/**
 * Gives each claim of a StatefulSet the size of the values. A larger one grows the volume, where its StorageClass allows
 * that; Kubernetes refuses a smaller one, in a preview already.
 */
export function growClaims(app: App, claims: StatefulSetClaims): void {
  const { statefulSet, name, component, replicas, claim } = claims;
  if (!claim) return;
  for (let index = 0; index < replicas; index += 1) {
    new k8s.core.v1.PersistentVolumeClaimPatch(
      `${app.resourceName}-${component}-volume-${index}`,
      {
        metadata: {
          name: `${claim.name}-${name}-${index}`,
          namespace: app.namespace.name,
          // Pulumi would wait for the claim to be bound, which it has been before.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: { resources: { requests: { storage: claim.size } } },
      },
      // The claim's end is the StatefulSet's or the namespace's, and a claim can't be without a size.
      { ...app.options, dependsOn: statefulSet, retainOnDelete: true },
    );
  }
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
