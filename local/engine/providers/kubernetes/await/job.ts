import type { PropertyMap } from "../../../provider";
import { conditionOf, idOf, isCondition, isOwnedBy, numberAt, textAt, valueAt } from "../object";
import { type Awaiter, done, type Progress } from "./progress";

/** A Job is ready when it has completed. It counts the failures of its pods itself. */
export const jobAwaiter: Awaiter = {
  related: ["pods", "events"],
  onRead: true,
  crashLoopFails: false,
  progress({ object, related }): Progress {
    const pods = (related.pods ?? []).filter((pod) => isOwnedBy(pod, object));
    if (isCondition(object, "Complete")) return done(`Job ${idOf(object)} completed`);
    const text = statusText(object);
    const failed = conditionOf(object, "Failed");
    const failure =
      failed?.status === "True"
        ? `[${textAt(failed, "reason") ?? "Failed"}] ${textAt(failed, "message") ?? ""}`
        : undefined;
    return { ready: false, status: [text], reasons: [text], failure, pods };
  },
};

function statusText(job: PropertyMap): string {
  if (valueAt(job, "status", "startTime") === undefined) {
    return `Waiting for Job "${idOf(job)}" to start`;
  }
  const count = (field: string) => numberAt(job, "status", field) ?? 0;
  return `Waiting for Job "${idOf(job)}" to succeed (Active: ${count("active")} | Succeeded: ${count("succeeded")} | Failed: ${count("failed")})`;
}
