import { conditionOf, idOf, isCondition, textAt } from "../object";
import { type Awaiter, done, type Progress, waiting } from "./progress";

const steps = [
  { condition: "PodScheduled", text: "scheduled" },
  { condition: "Initialized", text: "initialized" },
  { condition: "Ready", text: "ready" },
];

/** A Pod is ready when its condition says so, or when it has succeeded. */
export const podAwaiter: Awaiter = {
  related: ["events"],
  onRead: true,
  crashLoopFails: true,
  progress({ object }): Progress {
    const phase = textAt(object, "status", "phase");
    if (phase === "Succeeded") return done(`Pod ${idOf(object)} succeeded`);
    const step = steps.find(({ condition }) => !isCondition(object, condition));
    if (!step) return done(`Pod ${idOf(object)} is ready`);
    const message = textAt(conditionOf(object, step.condition), "message");
    const text = `Waiting for Pod "${idOf(object)}" to be ${step.text}`;
    const progress = waiting(text, [message ? `${text}: ${message}` : text], [object]);
    if (phase !== "Failed") return progress;
    const why = textAt(object, "status", "message") ?? textAt(object, "status", "reason");
    return { ...progress, failure: `the Pod failed${why ? `: ${why}` : ""}` };
  },
};
