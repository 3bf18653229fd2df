import type { PropertyMap } from "../../provider";
import { annotationOf, gvkOf } from "./object";

/** The annotations by which a program steers the provider, as the Pulumi provider reads them. */
export const annotations = {
  autonamed: "pulumi.com/autonamed",
  skipAwait: "pulumi.com/skipAwait",
  waitFor: "pulumi.com/waitFor",
  timeoutSeconds: "pulumi.com/timeoutSeconds",
  patchForce: "pulumi.com/patchForce",
  patchFieldManager: "pulumi.com/patchFieldManager",
  deletionPropagation: "pulumi.com/deletionPropagationPolicy",
  replaceUnready: "pulumi.com/replaceUnready",
} as const;

const defaultTimeoutMs = 10 * 60_000;

export function isAnnotationTrue(object: PropertyMap, key: string): boolean {
  return annotationOf(object, key) === "true";
}

/** How long to wait for an object, in ms: customTimeouts, then the annotation, then 10 min. */
export function timeoutMs(customSeconds: number | undefined, inputs: PropertyMap): number {
  if (customSeconds) return customSeconds * 1000;
  const seconds = Number.parseInt(annotationOf(inputs, annotations.timeoutSeconds) ?? "", 10);
  return Number.isNaN(seconds) ? defaultTimeoutMs : seconds * 1000;
}

/** Default Foreground: what an object owns is gone before the object is. */
export function deletionPropagation(inputs: PropertyMap): "Orphan" | "Background" | "Foreground" {
  switch (annotationOf(inputs, annotations.deletionPropagation)?.toLowerCase()) {
    case "orphan":
      return "Orphan";
    case "background":
      return "Background";
    default:
      return "Foreground";
  }
}

/** The kinds whose deletion `pulumi.com/skipAwait` also leaves unwatched (pulumi-kubernetes#3154). */
const skipAwaitOnDelete = new Set([
  "/Namespace",
  "/Pod",
  "/ReplicationController",
  "apps/DaemonSet",
  "apps/Deployment",
  "apps/StatefulSet",
  "batch/Job",
]);

export function skipsAwaitOnDelete(inputs: PropertyMap): boolean {
  const { group, kind } = gvkOf(inputs);
  return (
    isAnnotationTrue(inputs, annotations.skipAwait) && skipAwaitOnDelete.has(`${group}/${kind}`)
  );
}
