import type { PropertyMap } from "../../../provider";
import {
  annotationOf,
  conditionOf,
  isCondition,
  isOwnedBy,
  mapAt,
  mapsAt,
  nameOf,
  numberAt,
  textAt,
} from "../object";
import type { Awaiter, Progress, Snapshot } from "./progress";

const revisionKey = "deployment.kubernetes.io/revision";

/** A Deployment is ready when the ReplicaSet of its current revision has all its pods ready. */
export const deploymentAwaiter: Awaiter = {
  related: ["replicaSets", "pods", "claims", "events"],
  onRead: true,
  crashLoopFails: true,
  progress(snapshot) {
    const { object } = snapshot;
    const revision = annotationOf(object, revisionKey);
    const replicaSet = (snapshot.related.replicaSets ?? []).find(
      (item) => isOwnedBy(item, object) && annotationOf(item, revisionKey) === revision,
    );
    const pods = replicaSet
      ? (snapshot.related.pods ?? []).filter((pod) => isOwnedBy(pod, replicaSet))
      : [];
    const observed = numberAt(object, "status", "observedGeneration");
    const isObserved = observed === numberAt(object, "metadata", "generation");
    const missing = isObserved ? missingParts(snapshot, revision, replicaSet) : [notSeen];
    if (missing.length === 0) {
      return { ready: true, status: ["Deployment initialization complete"], reasons: [], pods };
    }
    return { ...statusOf(object, replicaSet), ready: false, reasons: missing, pods };
  },
};

const notSeen = "the Deployment controller has not seen the change yet";

function missingParts(
  { object, previous, related }: Snapshot,
  revision: string | undefined,
  replicaSet: PropertyMap | undefined,
): string[] {
  const missing: string[] = [];
  const unbound = unboundClaims(object, related.claims ?? []);
  if (unbound.length > 0) {
    missing.push(`Failed to bind PersistentVolumeClaim(s): "${unbound.join(",")}"`);
  }
  if (!isCondition(object, "Available")) {
    missing.push("Minimum number of live Pods was not attained");
    return missing;
  }
  const progressing = conditionOf(object, "Progressing");
  const isRolledOut =
    revision === "1" ||
    (progressing?.status === "True" && progressing.reason === "NewReplicaSetAvailable");
  if (!isRolledOut || !hasAllPods(replicaSet)) {
    missing.push(
      previous === undefined
        ? "Minimum number of Pods to consider the application live was not attained"
        : "Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live",
    );
  }
  return missing;
}

function hasAllPods(replicaSet: PropertyMap | undefined): boolean {
  if (replicaSet === undefined) return false;
  const { ready, wanted } = countsOf(replicaSet);
  return ready >= wanted;
}

function countsOf(replicaSet: PropertyMap | undefined): { ready: number; wanted: number } {
  return {
    ready: numberAt(replicaSet, "status", "readyReplicas") ?? 0,
    wanted: numberAt(replicaSet, "spec", "replicas") ?? 1,
  };
}

function statusOf(
  object: PropertyMap,
  replicaSet: PropertyMap | undefined,
): Pick<Progress, "status" | "failure"> {
  const status: string[] = [];
  for (const type of ["Progressing", "Available"]) {
    const condition = conditionOf(object, type);
    if (condition?.status === "False" && condition.reason && condition.message) {
      status.push(`warning: [${condition.reason}] ${condition.message}`);
    }
  }
  const { ready, wanted } = countsOf(replicaSet);
  if (replicaSet && ready < wanted) {
    status.push(`Waiting for app ReplicaSet to be available (${ready}/${wanted} Pods available)`);
  }
  const progressing = conditionOf(object, "Progressing");
  const isStuck =
    progressing?.status === "False" && progressing.reason === "ProgressDeadlineExceeded";
  const failure = isStuck
    ? `[ProgressDeadlineExceeded] ${textAt(progressing, "message") ?? ""}`
    : undefined;
  return { status, failure };
}

/** The claims that the pods mount and that have no volume yet. */
function unboundClaims(object: PropertyMap, claims: PropertyMap[]): string[] {
  const names = mapsAt(object, "spec", "template", "spec", "volumes").map((volume) =>
    textAt(mapAt(volume, "persistentVolumeClaim"), "claimName"),
  );
  return claims
    .filter((claim) => names.includes(nameOf(claim)))
    .filter((claim) => textAt(claim, "status", "phase") !== "Bound")
    .map(nameOf);
}
