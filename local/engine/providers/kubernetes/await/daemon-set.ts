import { isOwnedBy, numberAt, textAt } from "../object";
import { type Awaiter, done, waiting } from "./progress";

/** A DaemonSet is ready when each node that wants one has an updated and available pod. */
export const daemonSetAwaiter: Awaiter = {
  related: ["pods", "events"],
  onRead: true,
  crashLoopFails: true,
  progress({ object, related }) {
    const pods = (related.pods ?? []).filter((pod) => isOwnedBy(pod, object));
    const count = (field: string) => numberAt(object, "status", field) ?? 0;
    const observed = numberAt(object, "status", "observedGeneration") ?? 0;
    if (observed < (numberAt(object, "metadata", "generation") ?? 0)) {
      const text = "DaemonSet generation is newer than the controller has observed";
      return waiting(text, [text], pods);
    }
    const desired = numberAt(object, "status", "desiredNumberScheduled");
    if (desired === undefined) {
      const text = "Missing .status.desiredNumberScheduled";
      return waiting(text, [text], pods);
    }
    const steps: [label: string, count: number][] = [
      ["Current", count("currentNumberScheduled")],
      ...(textAt(object, "spec", "updateStrategy", "type") === "OnDelete"
        ? []
        : [["Updated", count("updatedNumberScheduled")] as [string, number]]),
      ["Available", count("numberAvailable")],
      ["Ready", count("numberReady")],
    ];
    const behind = steps.find(([, reached]) => reached < desired);
    if (!behind) return done(`All replicas scheduled as expected. Replicas: ${desired}`);
    const text = `${behind[0]}: ${behind[1]}/${desired}`;
    return waiting(text, [text], pods);
  },
};
