import type { PropertyMap } from "../../provider";
import { isConfigMap, isImmutable, isSecret } from "./normalize";
import { gvkOf } from "./object";
import type { ProviderSettings } from "./settings";

const selector = ["spec.selector"];

/** The fields that can't be changed in place, or that the Pulumi provider replaces for. */
const fieldsByKind: Record<string, readonly string[]> = {
  "apps/DaemonSet": selector,
  "apps/Deployment": selector,
  "apps/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
  "/PersistentVolume": [
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "csi",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "glusterfs",
    "hostPath",
    "iscsi",
    "local",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
  ].map((field) => `spec.${field}`),
  "/PersistentVolumeClaim": [
    "spec.accessModes",
    "spec.selector",
    "spec.storageClassName",
    "spec.volumeName",
  ],
  "/Pod": podFields(),
  "/ResourceQuota": ["spec.scopes"],
  "/Secret": ["type"],
  "/Service": ["spec.clusterIP"],
};

function podFields(): string[] {
  const ofSpec = [
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostname",
    "imagePullSecrets",
    "nodeName",
    "nodeSelector",
    "overhead",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "readinessGates",
    "restartPolicy",
    "runtimeClassName",
    "schedulerName",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "shareProcessNamespace",
    "subdomain",
    "terminationGracePeriodSeconds",
    "volumes",
  ];
  const ofContainer = [
    "args",
    "command",
    "env",
    "image",
    "imagePullPolicy",
    "lifecycle",
    "livenessProbe",
    "ports",
    "readinessProbe",
    "resources",
    "securityContext",
    "stdin",
    "stdinOnce",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "volumeDevices",
    "volumeMounts",
    "workingDir",
  ];
  return [
    ...ofSpec.map((field) => `spec.${field}`),
    ...["containers", "initContainers"].flatMap((list) =>
      ofContainer.map((field) => `spec.${list}[*].${field}`),
    ),
  ];
}

/** The paths of an object's fields whose change replaces it; `[*]` stands for any index. */
export function forceNewFields(
  object: PropertyMap,
  settings: Pick<ProviderSettings, "enableConfigMapMutable" | "enableSecretMutable">,
): string[] {
  const fields = ["metadata.name", "metadata.namespace"];
  if (isSecret(object) && (!settings.enableSecretMutable || isImmutable(object))) {
    return [...fields, "type", "stringData", "data"];
  }
  if (isConfigMap(object) && (!settings.enableConfigMapMutable || isImmutable(object))) {
    return [...fields, "binaryData", "data"];
  }
  const { group, kind } = gvkOf(object);
  return [...fields, ...(fieldsByKind[`${group}/${kind}`] ?? [])];
}
