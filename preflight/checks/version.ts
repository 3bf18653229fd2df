import type { Version } from "../facts";
import { error, type Finding } from "../finding";

/**
 * Kubernetes' first version that does all that the manifests ask. The newest of their fields is a StatefulSet's
 * persistentVolumeClaimRetentionPolicy, which an older version drops, so that volumes outlive a destroy.
 */
export const minimumMinor = 27;

export function checkVersion({ major, minor, gitVersion }: Version): Finding[] {
  // Some providers write a minor such as "30+".
  const isOld = Number(major) === 1 && Number.parseInt(minor, 10) < minimumMinor;
  if (!isOld) return [];
  return [
    error(
      `Kubernetes is ${gitVersion}, and the stack needs 1.${minimumMinor} or newer: older ones keep the volumes of deleted StatefulSets.`,
      "Upgrade the cluster, or choose another by: pulumi config set kubernetes:context <context>",
    ),
  ];
}
