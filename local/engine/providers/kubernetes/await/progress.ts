import type { PropertyMap } from "../../../provider";

/** Objects that tell how far an object has come, each list of its own namespace. */
export type RelatedKind =
  | "pods"
  | "replicaSets"
  | "claims"
  | "endpointSlices"
  | "events"
  | "storageClasses";

/** What is known of an object at one moment. */
export interface Snapshot {
  object: PropertyMap;
  /** The object before it was updated; undefined after a creation. */
  previous?: PropertyMap;
  related: Partial<Record<RelatedKind, PropertyMap[]>>;
}

/** How far an object has come. */
export interface Progress {
  ready: boolean;
  /** What to show meanwhile. */
  status: string[];
  /** What is missing, for the error when it stays missing. */
  reasons: string[];
  /** Set when waiting longer is of no use. */
  failure?: string;
  /** Pods that must come up, whose troubles are the object's own. */
  pods: PropertyMap[];
  /** Pods of an older revision that block the update and must be deleted. */
  stuck?: PropertyMap[];
}

/** Says how far the objects of one kind have come. */
export interface Awaiter {
  related: RelatedKind[];
  /** False: `refresh` doesn't judge the kind. */
  onRead: boolean;
  /** A container that keeps crashing fails the object. False where the object counts them itself. */
  crashLoopFails: boolean;
  progress(snapshot: Snapshot): Progress;
}

export function waiting(status: string, reasons: string[], pods: PropertyMap[] = []): Progress {
  return { ready: false, status: [status], reasons, pods };
}

export function done(...status: string[]): Progress {
  return { ready: true, status, reasons: [], pods: [] };
}
