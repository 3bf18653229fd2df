import type { PropertyMap } from "../../../provider";
import {
  conditionOf,
  idOf,
  isCondition,
  mapsAt,
  nameOf,
  numberAt,
  textAt,
  valueAt,
} from "../object";

/** Something that keeps a pod from running. */
export interface Trouble {
  pod: PropertyMap;
  /** Undefined when it is the pod as a whole. */
  container?: string;
  reason: string;
  message: string;
  /** It passes by itself often enough: how long it may last before it counts, in ms. */
  graceMs: number;
}

/** How long each state may last. Those of 0 never mend without a change. */
const graceByReason: Record<string, number> = {
  InvalidImageName: 0,
  ErrImageNeverPull: 5_000,
  ErrImagePull: 45_000,
  ImagePullBackOff: 45_000,
  RegistryUnavailable: 45_000,
  CreateContainerConfigError: 30_000,
  CreateContainerError: 30_000,
  RunContainerError: 30_000,
  StartError: 30_000,
  CrashLoopBackOff: 45_000,
  Unschedulable: 60_000,
  FailedMount: 60_000,
  FailedAttachVolume: 90_000,
  FailedCreatePodSandBox: 60_000,
  FailedCreate: 20_000,
};

/** A crash may be a wait for another service: only the third restart makes it a loop. */
const restartsOfLoop = 3;

/** What keeps a pod from running now, by its own status and its events. */
export function troublesOfPod(
  pod: PropertyMap,
  events: readonly PropertyMap[],
  crashLoopFails: boolean,
): Trouble[] {
  if (textAt(pod, "metadata", "deletionTimestamp") !== undefined) return [];
  if (isCondition(pod, "Ready") || textAt(pod, "status", "phase") === "Succeeded") return [];
  return [
    ...schedulingTrouble(pod, events),
    ...containerStatuses(pod).flatMap((status) => containerTrouble(pod, status, crashLoopFails)),
    ...startTroubles(pod, events),
  ];
}

/** All containers' statuses, those of init containers first. */
export function containerStatuses(pod: PropertyMap): PropertyMap[] {
  return [
    ...mapsAt(pod, "status", "initContainerStatuses"),
    ...mapsAt(pod, "status", "containerStatuses"),
  ];
}

/** Warnings about an object, the newest last. */
export function warningsAbout(object: PropertyMap, events: readonly PropertyMap[]): PropertyMap[] {
  const uid = textAt(object, "metadata", "uid");
  return events
    .filter((event) => textAt(event, "involvedObject", "uid") === uid && event.type === "Warning")
    .sort((a, b) => timeOf(a).localeCompare(timeOf(b)));
}

function schedulingTrouble(pod: PropertyMap, events: readonly PropertyMap[]): Trouble[] {
  const scheduled = conditionOf(pod, "PodScheduled");
  if (scheduled?.status !== "False" || scheduled.reason !== "Unschedulable") return [];
  const uid = textAt(pod, "metadata", "uid");
  // An autoscaler that has promised a node needs minutes for it.
  const isNodeComing = events.some(
    (event) =>
      textAt(event, "involvedObject", "uid") === uid && event.reason === "TriggeredScaleUp",
  );
  if (isNodeComing) return [];
  const message = textAt(scheduled, "message") ?? "";
  return [trouble(pod, undefined, "Unschedulable", message)];
}

function containerTrouble(
  pod: PropertyMap,
  status: PropertyMap,
  crashLoopFails: boolean,
): Trouble[] {
  const name = nameOfStatus(status);
  const reason = textAt(status, "state", "waiting", "reason");
  const message = textAt(status, "state", "waiting", "message") ?? "";
  const isLooping = (numberAt(status, "restartCount") ?? 0) >= restartsOfLoop;
  if (reason === "CrashLoopBackOff") {
    return crashLoopFails && isLooping ? [trouble(pod, name, reason, message)] : [];
  }
  return reason !== undefined && reason in graceByReason
    ? [trouble(pod, name, reason, message)]
    : [];
}

/** Containers that crashed and wait for another start, be it the first crash: for whoever watches, not to judge by. */
export function crashesOfPod(pod: PropertyMap): string[] {
  return containerStatuses(pod)
    .filter((status) => textAt(status, "state", "waiting", "reason") === "CrashLoopBackOff")
    .map((status) => {
      const code = numberAt(status, "lastState", "terminated", "exitCode");
      const title = troubleTitle(trouble(pod, nameOfStatus(status), "CrashLoopBackOff", ""));
      const ended = code === undefined ? "" : ` ended with exit code ${code};`;
      return `${title}${ended} restart ${numberAt(status, "restartCount") ?? 0}`;
    });
}

/** A pod whose containers can't be made at all says why in its events alone. */
function startTroubles(pod: PropertyMap, events: readonly PropertyMap[]): Trouble[] {
  const hasStarted = containerStatuses(pod).some(
    (status) =>
      valueAt(status, "state", "running") !== undefined ||
      valueAt(status, "state", "terminated") !== undefined ||
      (numberAt(status, "restartCount") ?? 0) > 0,
  );
  if (hasStarted || !isCondition(pod, "PodScheduled")) return [];
  const last = warningsAbout(pod, events).at(-1);
  const reason = textAt(last, "reason") ?? "";
  if (!["FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"].includes(reason)) return [];
  return [trouble(pod, undefined, reason, textAt(last, "message") ?? "")];
}

/** The controller's own failure to make pods: a quota, pod security, a missing service account. */
export function creationTroubles(
  controllers: readonly PropertyMap[],
  pods: readonly PropertyMap[],
  events: readonly PropertyMap[],
): Trouble[] {
  if (pods.length > 0) return [];
  return controllers.flatMap((controller) => {
    const failed = warningsAbout(controller, events)
      .filter((event) => event.reason === "FailedCreate")
      .at(-1);
    const message = textAt(failed, "message");
    return message === undefined ? [] : [trouble(controller, undefined, "FailedCreate", message)];
  });
}

function trouble(
  pod: PropertyMap,
  container: string | undefined,
  reason: string,
  message: string,
): Trouble {
  return { pod, container, reason, message, graceMs: graceByReason[reason] ?? 60_000 };
}

/** Which pod, which container, what: `[Pod a/b]: container "main" [CrashLoopBackOff]`. */
export function troubleTitle({ pod, container, reason }: Trouble): string {
  const where = container === undefined ? "" : ` container "${container}"`;
  return `[${textAt(pod, "kind") ?? "Pod"} ${idOf(pod)}]:${where} [${reason}]`;
}

export function troubleText(trouble: Trouble): string {
  return `${troubleTitle(trouble)} ${trouble.message}`.trim();
}

function nameOfStatus(status: PropertyMap): string {
  return textAt(status, "name") ?? nameOf(status);
}

function timeOf(event: PropertyMap): string {
  return (
    textAt(event, "series", "lastObservedTime") ??
    textAt(event, "lastTimestamp") ??
    textAt(event, "eventTime") ??
    textAt(event, "metadata", "creationTimestamp") ??
    ""
  );
}

/**
 * Remembers since when each trouble has lasted. Reasons of one container that take turns, such as
 * ErrImagePull and ImagePullBackOff, count as one.
 */
export class TroubleWatch {
  private readonly since = new Map<string, number>();

  constructor(private readonly graceFactor = 1) {}

  /** Those that have lasted longer than their grace; `now` in ms. */
  lasting(troubles: readonly Trouble[], now: number): Trouble[] {
    const keys = new Set(troubles.map(keyOf));
    for (const key of this.since.keys()) if (!keys.has(key)) this.since.delete(key);
    return troubles.filter((item) => {
      const key = keyOf(item);
      const since = this.since.get(key) ?? now;
      this.since.set(key, since);
      return now - since >= item.graceMs * this.graceFactor;
    });
  }
}

function keyOf({ pod, container, reason }: Trouble): string {
  const family = /^(ErrImagePull|ImagePullBackOff)$/.test(reason) ? "pull" : reason;
  return `${textAt(pod, "metadata", "uid")}/${container ?? ""}/${family}`;
}
