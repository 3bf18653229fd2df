import type { Display, Operation, Severity, Step } from "./display/events";
import { Limiter } from "./limiter";
import type { OperationContext } from "./provider";
import type { ProviderRegistry } from "./provider-registry";
import type { SnapshotManager } from "./snapshot-manager";
import type { ResourceState, Snapshot } from "./state";
import { isDefaultProvider, rootStackType } from "./urn";
import { equalValues, type PropertyMap } from "./values";

/** A step went wrong; it was already told to the display. */
export class StepFailed extends Error {}

/** The run was asked to end; what had begun was let end. */
export class RunCancelled extends Error {}

export interface DeploymentOptions {
  project: string;
  stack: string;
  preview: boolean;
  parallel: number;
  base: Snapshot;
  snapshots: SnapshotManager;
  providers: ProviderRegistry;
  display: Display;
  /** Aborted by a second SIGINT. */
  signal: AbortSignal;
  /** The stack's config by package, for default providers. */
  configOf(packageName: string): PropertyMap;
}

/** What all parts of one run share: what was, what is decided, what is done. */
export class Deployment {
  /** What the state held at the start, by URN; without what waits for deletion. */
  readonly olds = new Map<string, ResourceState>();
  /** What this run has made or kept, by URN. */
  readonly news = new Map<string, ResourceState>();
  /** URNs that this run deletes or has deleted. */
  readonly deleted = new Set<string>();
  readonly replaced = new Set<string>();
  /** States that were deleted ahead of a replacement. */
  readonly deletedStates = new Set<ResourceState>();
  /** From an old URN to the one that took its place by an alias. */
  readonly renamed = new Map<string, string>();
  readonly counts = new Map<Operation, number>();
  readonly operations: Limiter;
  readonly questions: Limiter;
  /** One decision at a time: decisions read and mark what the sets above hold. */
  readonly decisions = new Limiter(1);
  private inFlight = 0;
  private idle: (() => void)[] = [];
  /** Resources that failed, for the summary. */
  readonly errored = new Set<string>();
  failed = false;
  cancelled = false;
  /** What the program gave out; the state has it once the run is known to have ended well or not. */
  stackOutputs: PropertyMap | undefined;

  constructor(readonly options: DeploymentOptions) {
    for (const state of options.base.resources) {
      if (!state.delete) this.olds.set(state.urn, state);
    }
    this.operations = new Limiter(options.parallel);
    this.questions = new Limiter(options.parallel);
  }

  get preview(): boolean {
    return this.options.preview;
  }

  get snapshots(): SnapshotManager {
    return this.options.snapshots;
  }

  /** Throws when nothing new may be begun. */
  mayBegin(): void {
    if (this.cancelled) throw new RunCancelled("the run was cancelled");
    if (this.failed) throw new StepFailed("another resource failed");
  }

  log(severity: Severity, message: string, urn?: string): void {
    this.options.display.log(severity, message, urn);
  }

  /** Tells the error under the resource, and ends the run after what is in flight. */
  fail(error: unknown, urn?: string): StepFailed {
    this.failed = true;
    if (error instanceof StepFailed || error instanceof RunCancelled) return error;
    if (urn) this.errored.add(urn);
    const message = error instanceof Error ? error.message : String(error);
    this.log("error", message, urn);
    return new StepFailed(message);
  }

  /**
   * Takes the program's outputs over. After an error one that is missing may just not have been reached: the old one
   * stays, as with the CLI.
   */
  async settleStackOutputs(olds: PropertyMap): Promise<void> {
    const stack = [...this.news.values()].find(({ type }) => type === rootStackType);
    if (!stack || !this.stackOutputs) return;
    const isWhole = !this.failed && !this.cancelled;
    const outputs = isWhole ? this.stackOutputs : { ...olds, ...this.stackOutputs };
    if (equalValues(stack.outputs, outputs)) return;
    stack.outputs = outputs;
    if (!this.preview) await this.snapshots.save();
  }

  count(operation: Operation, urn: string): void {
    if (isDefaultProvider(urn)) return;
    this.counts.set(operation, (this.counts.get(operation) ?? 0) + 1);
  }

  show(tell: (display: Display) => void, urn: string): void {
    if (!isDefaultProvider(urn)) tell(this.options.display);
  }

  /** Runs what the display shows as a step, within the limit of parallel operations. */
  async step<T>(step: Step, task: () => Promise<T>): Promise<T> {
    return this.track(() =>
      this.operations.run(async () => {
        this.mayBegin();
        this.show((display) => display.begin(step), step.urn);
        try {
          const result = await task();
          this.count(step.operation, step.urn);
          this.show((display) => display.end(step, false), step.urn);
          return result;
        } catch (error) {
          const failure = this.fail(error, step.urn);
          this.options.display.end(step, true);
          throw failure;
        }
      }),
    );
  }

  context(
    state: Pick<ResourceState, "urn" | "type">,
    name: string,
    timeoutSeconds?: number,
  ): OperationContext {
    return {
      urn: state.urn,
      type: state.type,
      name,
      preview: this.preview,
      signal: this.options.signal,
      timeoutSeconds,
      status: (message) => this.options.display.status(state.urn, message),
      log: (severity, message) => this.log(severity, message, state.urn),
    };
  }

  /** Counts what is in flight, for {@link settle}. */
  async track<T>(task: () => Promise<T>): Promise<T> {
    this.inFlight++;
    try {
      return await task();
    } finally {
      this.inFlight--;
      if (this.inFlight === 0) for (const wake of this.idle.splice(0)) wake();
    }
  }

  /** Resolves once nothing is in flight. */
  async settle(): Promise<void> {
    if (this.inFlight > 0) await new Promise<void>((wake) => this.idle.push(wake));
  }
}
