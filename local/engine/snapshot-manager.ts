import { type StackFiles, writeCheckpointFile } from "./backend";
import { renderCheckpoint } from "./checkpoint";
import type { Crypter } from "./secrets";
import type { OperationType, PendingOperation, ResourceState, Snapshot } from "./state";

/**
 * The state while a run changes it. Every change that must survive a crash is awaited on disk; changes
 * that come while a write is under way share the next one.
 */
export class SnapshotManager {
  private readonly news: ResourceState[] = [];
  private readonly done = new Set<ResourceState>();
  private operations: PendingOperation[] = [];
  /** Ends when all writes that were asked for have ended. */
  private tail: Promise<void> = Promise.resolve();
  /** Asked for, and not yet begun. */
  private queued: Promise<void> | undefined;
  private dirty = false;

  /** Without `files` nothing is written: a preview holds no lock, and another run may be writing. */
  constructor(
    private base: Snapshot,
    private readonly files: StackFiles | undefined,
    private readonly crypter: Crypter,
  ) {}

  /** What this run has made or kept so far, then what it has not reached, as in the checkpoint. */
  current(): Snapshot {
    const resources = [...this.news, ...this.base.resources].filter((r) => !this.done.has(r));
    return {
      resources,
      pendingOperations: [...this.operations, ...this.base.pendingOperations],
    };
  }

  async begin(resource: ResourceState, type: OperationType): Promise<PendingOperation> {
    const operation: PendingOperation = { resource, type };
    this.operations.push(operation);
    this.dropPending(resource.urn);
    await this.save();
    return operation;
  }

  /** Ends an operation: `made` enters the state, `gone` leaves it. */
  async end(
    operation: PendingOperation,
    change: { made?: ResourceState; gone?: ResourceState[] },
  ): Promise<void> {
    this.operations = this.operations.filter((o) => o !== operation);
    for (const state of change.gone ?? []) this.done.add(state);
    if (change.made) this.news.push(change.made);
    await this.save();
  }

  /** A resource stays as it is. Written only when `changed`; else with the next write. */
  async same(old: ResourceState, made: ResourceState, changed: boolean): Promise<void> {
    this.done.add(old);
    this.news.push(made);
    this.dropPending(made.urn);
    if (changed) await this.save();
    else this.dirty = true;
  }

  /** Components have no operation of their own. */
  async add(made: ResourceState): Promise<void> {
    this.news.push(made);
    await this.save();
  }

  async remove(state: ResourceState): Promise<void> {
    this.done.add(state);
    await this.save();
  }

  /** Puts another list in place of all that this run has not made. For a refresh. */
  async rebase(base: Snapshot): Promise<void> {
    this.base = base;
    await this.save();
  }

  /** An interrupted operation of an earlier run is settled once its resource was acted on again. */
  dropPending(urn: string): void {
    const before = this.base.pendingOperations.length;
    this.base = {
      ...this.base,
      pendingOperations: this.base.pendingOperations.filter((o) => o.resource.urn !== urn),
    };
    if (this.base.pendingOperations.length !== before) this.dirty = true;
  }

  /** Writes the state as it is when its turn comes. Throws when the disk refuses. */
  save(): Promise<void> {
    this.dirty = true;
    if (!this.queued) {
      this.queued = this.tail.then(() => {
        this.queued = undefined;
        return this.write();
      });
      this.tail = this.queued.catch(() => {});
    }
    return this.queued;
  }

  /** Writes what was not yet written. */
  async flush(): Promise<void> {
    await this.tail;
    if (this.dirty) await this.save();
  }

  private async write(): Promise<void> {
    this.dirty = false;
    if (!this.files) return;
    const text = renderCheckpoint(this.files.qualifiedName, this.current(), this.crypter);
    try {
      await writeCheckpointFile(this.files, text);
    } catch (error) {
      this.dirty = true;
      throw new Error(
        `the state ${this.files.checkpoint} could not be written: ${(error as Error).message}`,
        { cause: error },
      );
    }
  }
}
