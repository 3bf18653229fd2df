import type { PropertyDiff } from "../provider";
import type { PropertyMap } from "../values";

export type Operation =
  | "same"
  | "create"
  | "update"
  | "replace"
  | "create-replacement"
  | "delete-replaced"
  | "delete"
  | "refresh";

/** One thing that a run does, or would do, to one resource. */
export interface Step {
  operation: Operation;
  urn: string;
  type: string;
  name: string;
  parent: string;
  id?: string;
  provider?: string;
  protect?: boolean;
  /** Top-level keys, for the short form. */
  changedKeys: string[];
  /** By property path; empty where the provider tells no more than the keys. */
  detailedDiff: Record<string, PropertyDiff>;
  /** What the long form prints both values from. */
  olds?: PropertyMap;
  news?: PropertyMap;
  /** Why a replacement is needed: keys, or `provider`, `deletedWith`, … */
  replaceKeys?: string[];
}

export type Severity = "debug" | "info" | "warning" | "error";

export type RunKind = "update" | "preview" | "refresh" | "destroy";

/** Outputs of the stack before and after a run. */
export interface OutputsChange {
  olds: PropertyMap;
  news: PropertyMap;
}

/** Where a run tells what it does. */
export interface Display {
  header(kind: RunKind, project: string, stack: string): void;
  begin(step: Step): void;
  end(step: Step, failed: boolean): void;
  /** A transient line of one resource. */
  status(urn: string, message: string): void;
  /** A message that stays, under the resource or the stack. */
  log(severity: Severity, message: string, urn?: string): void;
  finish(summary: Summary): void;
}

export interface Summary {
  kind: RunKind;
  outputs?: OutputsChange;
  /** Resources by operation. */
  counts: Map<Operation, number>;
  /** How many resources failed. */
  errored: number;
  failed: boolean;
  seconds: number;
  /** Said last, such as what to do about a cancellation. */
  note?: string;
}
