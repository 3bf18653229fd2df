import type { PropertyMap } from "../../../provider";
import { isCondition, isOwnedBy, numberAt, textAt, valueAt } from "../object";
import { type Awaiter, done, waiting } from "./progress";
import { troublesOfPod } from "./troubles";

/** The label by which a pod says its revision. */
const revision = "controller-revision-hash";

/** A StatefulSet is ready when all its pods are ready and of its newest revision. */
export const statefulSetAwaiter: Awaiter = {
  related: ["pods", "events"],
  onRead: true,
  crashLoopFails: true,
  progress({ object, related }) {
    const owned = (related.pods ?? []).filter((pod) => isOwnedBy(pod, object));
    const generation = numberAt(object, "metadata", "generation") ?? 0;
    const observed = numberAt(object, "status", "observedGeneration") ?? 0;
    const count = (field: string) => numberAt(object, "status", field) ?? 0;
    const wanted = numberAt(object, "spec", "replicas") ?? 1;
    const current = textAt(object, "status", "currentRevision") ?? "";
    const target = textAt(object, "status", "updateRevision") ?? "";
    const strategy = textAt(object, "spec", "updateStrategy", "type");
    const updatedByHand = strategy === "OnDelete" && generation > 1;
    const partition = numberAt(object, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;

    const isObserved = observed >= generation;
    const isOfTarget = (pod: PropertyMap) => textAt(pod, "metadata", "labels", revision) === target;
    const pods = owned.filter(isOfTarget);
    const isRolling = isObserved && !updatedByHand && partition === 0;
    const stuck = isRolling ? owned.filter((pod) => !isOfTarget(pod) && isStuck(pod)) : [];
    const isRevisionReady =
      updatedByHand ||
      (current !== "" && current === target) ||
      (partition > 0 && count("updatedReplicas") >= wanted - partition);
    const ofCurrent = updatedByHand || partition > 0 || count("currentReplicas") === wanted;
    const areReplicasReady =
      count("replicas") === wanted && count("readyReplicas") === wanted && ofCurrent;
    if (isObserved && isRevisionReady && areReplicasReady) {
      return done("StatefulSet initialization complete");
    }

    const ready = isRevisionReady
      ? count("readyReplicas")
      : Math.min(count("readyReplicas"), count("updatedReplicas"));
    const reasons: string[] = [];
    if (!areReplicasReady) {
      reasons.push(`${ready} out of ${wanted} replicas succeeded readiness checks`);
    }
    if (!isRevisionReady) {
      reasons.push(
        `StatefulSet controller failed to advance from revision "${current}" to revision "${target}"`,
      );
    }
    if (!isObserved) reasons.push("the StatefulSet controller has not seen the change yet");
    const status = statusText(generation, areReplicasReady, ready, wanted);
    return { ...waiting(status, reasons, pods), stuck };
  },
};

/**
 * The controller waits for a pod that can't start to become ready before it updates it: it has to be
 * deleted by hand (Kubernetes' documentation of StatefulSets, "Forced rollback").
 */
function isStuck(pod: PropertyMap): boolean {
  if (valueAt(pod, "metadata", "deletionTimestamp") !== undefined) return false;
  return !isCondition(pod, "Ready") && troublesOfPod(pod, [], true).length > 0;
}

function statusText(
  generation: number,
  areReplicasReady: boolean,
  ready: number,
  wanted: number,
): string {
  if (generation <= 1) {
    return `[1/2] Waiting for StatefulSet to create Pods (${ready}/${wanted} Pods ready)`;
  }
  return areReplicasReady
    ? "[2/3] Waiting for StatefulSet to update .status.currentRevision"
    : `[1/3] Waiting for StatefulSet update to roll out (${ready}/${wanted} Pods ready)`;
}
