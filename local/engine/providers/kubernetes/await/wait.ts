import type { OperationContext, PropertyMap } from "../../../provider";
import { ApiError } from "../api-error";
import type { ApiClient } from "../client";
import type { Discovery, ResourceType } from "../discovery";
import type { Informers, Watched } from "../informer";
import { idOf, isOwnedBy, nameOf, namespaceOf, textAt } from "../object";
import { ChangeSignal } from "./change-signal";
import { eventText, reportPods } from "./pod-report";
import type { Awaiter, Progress, RelatedKind, Snapshot } from "./progress";
import {
  crashesOfPod,
  creationTroubles,
  type Trouble,
  TroubleWatch,
  troublesOfPod,
  troubleText,
  troubleTitle,
  warningsAbout,
} from "./troubles";

/** The object exists but is not ready. */
export class NotReadyError extends Error {
  constructor(
    message: string,
    /** What is missing, and what the pods say. */
    readonly reasons: string[],
    /** As it was last seen. */
    readonly object: PropertyMap,
  ) {
    super(message);
    this.name = "NotReadyError";
  }
}

export interface Cluster {
  client: ApiClient;
  discovery: Discovery;
  informers: Informers;
  /** Multiplies how long a pod's trouble may last before it fails the object. Default 1. */
  graceFactor?: number;
}

/** Between two looks when nothing changes, for a trouble's grace to run out. */
const tickMs = 1000;

const relatedTypes: Record<RelatedKind, { group: string; version: string; kind: string }> = {
  pods: { group: "", version: "v1", kind: "Pod" },
  replicaSets: { group: "apps", version: "v1", kind: "ReplicaSet" },
  claims: { group: "", version: "v1", kind: "PersistentVolumeClaim" },
  endpointSlices: { group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice" },
  events: { group: "", version: "v1", kind: "Event" },
  storageClasses: { group: "storage.k8s.io", version: "v1", kind: "StorageClass" },
};

/**
 * Waits until an object is ready and returns it as it then is. Throws NotReadyError when it can't
 * become ready, is deleted meanwhile, or the time is over, with the pods' last states and logs.
 */
export async function waitUntilReady(
  ctx: OperationContext,
  cluster: Cluster,
  awaiter: Awaiter,
  type: ResourceType,
  live: PropertyMap,
  options: { previous?: PropertyMap; timeoutMs: number },
): Promise<PropertyMap> {
  const changes = new ChangeSignal();
  const own = await cluster.informers.watch(type, namespaceOf(live), changes.notify);
  const related = await watchRelated(cluster, awaiter, live, changes.notify);
  const troubles = new TroubleWatch(cluster.graceFactor);
  const deadline = Date.now() + options.timeoutMs;
  const show = statusOnce(ctx);
  const removed = new Set<string>();
  let object = live;
  let seen = false;
  try {
    for (;;) {
      const found = own.objects().find((item) => uidOf(item) === uidOf(live));
      seen ||= found !== undefined;
      // A shared watch may still be behind the answer to the request.
      if (found !== undefined && versionOf(found) >= versionOf(live)) object = found;
      const snapshot: Snapshot = {
        object,
        previous: options.previous,
        related: related.snapshot(),
      };
      const progress = awaiter.progress(snapshot);
      for (const line of progress.status) show(line);
      if (progress.ready) {
        show("");
        return object;
      }
      await removeStuckPods(ctx, cluster, progress.stuck ?? [], removed);
      const present = troublesOf(snapshot, progress, awaiter);
      // Most pass by themselves; whoever watches sees at once what the wait is for.
      for (const line of watchedTroubles(present, progress)) show(line);
      const lasting = troubles.lasting(present, Date.now());
      const failure =
        failureOf(progress, lasting) ??
        (seen && !found ? "it was deleted while it was waited for" : undefined) ??
        (ctx.signal.aborted ? "the wait for it was cancelled" : undefined) ??
        (Date.now() >= deadline
          ? `timed out waiting to be Ready after ${Math.round(options.timeoutMs / 1000)} s`
          : undefined);
      if (failure !== undefined) {
        throw await notReady(cluster, failure, snapshot, progress, lasting);
      }
      await changes.next(Math.min(tickMs, Math.max(0, deadline - Date.now())), ctx.signal);
    }
  } finally {
    own.release();
    related.release();
  }
}

/** One look, for `refresh`: throws NotReadyError when the object is not ready now. */
export async function judgeReadiness(
  ctx: OperationContext,
  cluster: Cluster,
  awaiter: Awaiter,
  live: PropertyMap,
): Promise<void> {
  const related = await watchRelated(cluster, awaiter, live, () => undefined);
  try {
    const snapshot: Snapshot = { object: live, related: related.snapshot() };
    const progress = awaiter.progress(snapshot);
    for (const line of progress.status) ctx.status(line);
    if (!progress.ready) {
      throw await notReady(cluster, "was created but failed to initialize", snapshot, progress, []);
    }
  } finally {
    related.release();
  }
}

async function watchRelated(
  { discovery, informers }: Cluster,
  awaiter: Awaiter,
  live: PropertyMap,
  onChange: () => void,
): Promise<{ snapshot(): Snapshot["related"]; release(): void }> {
  const watched = new Map<RelatedKind, Watched>();
  const release = () => {
    for (const item of watched.values()) item.release();
  };
  try {
    await Promise.all(
      awaiter.related.map(async (kind) => {
        const type = await discovery.resolve(relatedTypes[kind]);
        const namespace = type.namespaced ? namespaceOf(live) : "";
        try {
          watched.set(kind, await informers.watch(type, namespace, onChange));
        } catch (error) {
          // Whoever may not see the pods or the events waits without their words.
          if (!(error instanceof ApiError) || error.code !== 403) throw error;
        }
      }),
    );
  } catch (error) {
    release();
    throw error;
  }
  const snapshot = () => {
    const related: Snapshot["related"] = {};
    for (const [kind, item] of watched) related[kind] = item.objects();
    return related;
  };
  return { snapshot, release };
}

function troublesOf(snapshot: Snapshot, progress: Progress, awaiter: Awaiter): Trouble[] {
  const events = snapshot.related.events ?? [];
  const controllers = [
    snapshot.object,
    ...(snapshot.related.replicaSets ?? []).filter((item) => isOwnedBy(item, snapshot.object)),
  ];
  return [
    ...progress.pods.flatMap((pod) => troublesOfPod(pod, events, awaiter.crashLoopFails)),
    ...creationTroubles(controllers, progress.pods, events),
  ];
}

function watchedTroubles(troubles: readonly Trouble[], progress: Progress): string[] {
  const others = troubles.filter(({ reason }) => reason !== "CrashLoopBackOff").map(troubleText);
  return [...progress.pods.flatMap(crashesOfPod), ...others];
}

function failureOf(progress: Progress, lasting: Trouble[]): string | undefined {
  if (progress.failure !== undefined) return progress.failure;
  const [first] = lasting;
  return first && `can't become ready: ${troubleTitle(first)}`;
}

async function notReady(
  { client }: Cluster,
  failure: string,
  snapshot: Snapshot,
  progress: Progress,
  lasting: Trouble[],
): Promise<NotReadyError> {
  const events = snapshot.related.events ?? [];
  const unready = progress.pods.filter((pod) => textAt(pod, "status", "phase") !== "Succeeded");
  // A container's trouble is part of its pod's report.
  const ofPods = lasting.filter((trouble) => trouble.container === undefined).map(troubleText);
  const reports = await reportPods(client, unready, events);
  const ofObject = warningsAbout(snapshot.object, events).slice(-3).map(eventText);
  return new NotReadyError(
    `'${nameOf(snapshot.object)}' ${failure}`,
    [...new Set([...progress.reasons, ...ofPods, ...reports, ...ofObject])],
    snapshot.object,
  );
}

/** Each once: if its successor is stuck too, that is the program's fault and reported. */
async function removeStuckPods(
  ctx: OperationContext,
  { client }: Cluster,
  pods: readonly PropertyMap[],
  removed: Set<string>,
): Promise<void> {
  for (const pod of pods) {
    const uid = uidOf(pod) ?? "";
    if (removed.has(uid)) continue;
    removed.add(uid);
    ctx.log(
      "info",
      `Pod ${idOf(pod)} of an older revision never became ready: it is deleted, so that the update can go on`,
    );
    try {
      const path = `/api/v1/namespaces/${namespaceOf(pod)}/pods/${nameOf(pod)}`;
      await client.request({ method: "DELETE", path, body: { preconditions: { uid } } });
    } catch (error) {
      const isGone = error instanceof ApiError && (error.isNotFound || error.code === 409);
      if (!isGone) throw error;
    }
  }
}

/** Versions of one server grow. */
function versionOf(object: PropertyMap): number {
  return Number(textAt(object, "metadata", "resourceVersion") ?? 0);
}

function uidOf(object: PropertyMap): string | undefined {
  return textAt(object, "metadata", "uid");
}

/** Shows a line when it differs from those shown last. */
function statusOnce(ctx: OperationContext): (line: string) => void {
  const shown = new Set<string>();
  return (line) => {
    if (line !== "" && shown.has(line)) return;
    shown.add(line);
    ctx.status(line);
  };
}
