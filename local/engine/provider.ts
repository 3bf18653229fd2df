import type { PropertyMap } from "./values";

export {
  containsSecret,
  containsUnknown,
  equalValues,
  isPropertyMap,
  mapWithoutSecrets,
  type PropertyMap,
  type PropertyValue,
  Secret,
  Unknown,
  unknown,
  withoutSecrets,
} from "./values";

/** An input that a provider refuses. `property` may be empty when the fault is of the whole. */
export interface CheckFailure {
  property: string;
  reason: string;
}

export type DiffKind =
  | "add"
  | "add-replace"
  | "delete"
  | "delete-replace"
  | "update"
  | "update-replace";

export interface PropertyDiff {
  kind: DiffKind;
  /** True when it is the old input that differs from the new one, false for the old output. */
  inputDiff: boolean;
}

export interface DiffResult {
  changes: boolean;
  /** Property paths that force a replacement, such as `spec.selector`. */
  replaces: string[];
  deleteBeforeReplace: boolean;
  /** By property path. */
  detailedDiff: Record<string, PropertyDiff>;
  /** Top-level keys, which the display prints as `[diff: ~spec]`. */
  changedKeys: string[];
}

export interface OperationContext {
  urn: string;
  /** Such as `kubernetes:apps/v1:Deployment`. */
  type: string;
  /** The logical name. */
  name: string;
  preview: boolean;
  /** Aborted on a second SIGINT, and when customTimeouts run out. */
  signal: AbortSignal;
  /** From customTimeouts. */
  timeoutSeconds?: number;
  /** A transient line in the progress display. */
  status(message: string): void;
  log(severity: "debug" | "info" | "warning" | "error", message: string): void;
}

/**
 * Thrown by create, update or read when the object exists but did not become ready: the object is
 * recorded with these reasons as its initErrors, and the next run updates it even without a diff.
 */
export class InitializationError extends Error {
  constructor(
    readonly id: string,
    readonly outputs: PropertyMap,
    readonly reasons: string[],
    readonly inputs?: PropertyMap,
  ) {
    super(reasons.join("\n"));
    this.name = "InitializationError";
  }
}

/**
 * What the engine asks of a provider. Secrets stand in inputs and outputs as `Secret`, and in
 * previews values may be `unknown`, at any depth.
 */
export interface Provider {
  /** Default: the inputs as they are. */
  checkConfig?(inputs: PropertyMap): Promise<PropertyMap>;
  /** What a change of the provider's own configuration means. Default: an update, if it differs. */
  diffConfig?(oldInputs: PropertyMap, newInputs: PropertyMap): Promise<DiffResult>;
  configure(inputs: PropertyMap): Promise<void>;
  /** `randomSeed` is stable for one creation, so that a preview and its update agree on names. */
  check(
    ctx: OperationContext,
    olds: PropertyMap | undefined,
    news: PropertyMap,
    randomSeed: Buffer,
  ): Promise<{ inputs: PropertyMap; failures: CheckFailure[] }>;
  diff(
    ctx: OperationContext,
    id: string,
    oldInputs: PropertyMap,
    oldOutputs: PropertyMap,
    newInputs: PropertyMap,
    ignoreChanges: string[],
  ): Promise<DiffResult>;
  /** In a preview: returns id "" and outputs with unknowns. */
  create(ctx: OperationContext, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap }>;
  /** Undefined: the object is gone. */
  read(
    ctx: OperationContext,
    id: string,
    inputs: PropertyMap,
    outputs: PropertyMap,
  ): Promise<{ id: string; inputs: PropertyMap; outputs: PropertyMap } | undefined>;
  /** In a preview: changes nothing, and returns outputs with unknowns. */
  update(
    ctx: OperationContext,
    id: string,
    oldInputs: PropertyMap,
    oldOutputs: PropertyMap,
    newInputs: PropertyMap,
  ): Promise<{ outputs: PropertyMap }>;
  /** Idempotent: an object that is already absent is a success. */
  delete(
    ctx: OperationContext,
    id: string,
    inputs: PropertyMap,
    outputs: PropertyMap,
  ): Promise<void>;
  /**
   * The id that creating `inputs` (as checked) gives, where it follows from them. Lets a creation
   * that was cut short be cleaned up. Default: unknown.
   */
  idOf?(type: string, inputs: PropertyMap): string | undefined;
  /** Whether an object that was read is being deleted; deleting it again waits for its end. Default: no. */
  isLeaving?(outputs: PropertyMap): boolean;
  invoke?(token: string, args: PropertyMap): Promise<PropertyMap>;
  /**
   * Called once the program is about to declare its resources, when the state has some of this package: start what is
   * slow to start.
   */
  warmUp?(): void;
  close?(): Promise<void>;
}
