import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCheckpointFile, type StackFiles, stackFiles, writeCheckpointFile } from "../backend";
import { parseCheckpoint, renderCheckpoint } from "../checkpoint";
import { deleteAll, deleteUnwanted } from "../deletion";
import { Deployment } from "../deployment";
import type { Display, Severity, Step } from "../display/events";
import type { Goal } from "../goal";
import { integrityFaults } from "../integrity";
import { settlePendingCreations, settlePendingDeletions } from "../pending";
import { createScope, inheritFromParent, resolveProvider } from "../program-scope";
import { ProviderRegistry } from "../provider-registry";
import { refreshSnapshot } from "../refresh";
import { registerResource } from "../registration";
import { type Crypter, createCrypter } from "../secrets";
import { SnapshotManager } from "../snapshot-manager";
import type { ResourceState, Snapshot } from "../state";
import { isProviderType } from "../urn";
import { createFakeProvider, type FakeProvider } from "./fake-provider";

export type Register = (goal: Partial<Goal> & { name: string }) => Promise<ResourceState>;

export interface RunResult {
  ok: boolean;
  /** `create a`, `same b`, in the order in which they ended. */
  steps: string[];
  logs: { severity: Severity; message: string }[];
  counts: Record<string, number>;
}

/** A stack in a folder of its own, whose program is a function and whose objects are in memory. */
export class TestStack {
  readonly fake: FakeProvider = createFakeProvider();
  private constructor(
    readonly folder: string,
    readonly files: StackFiles,
    readonly crypter: Crypter,
  ) {}

  static async create(): Promise<TestStack> {
    const folder = await mkdtemp(join(tmpdir(), "engine-"));
    return new TestStack(folder, stackFiles(folder, "p", "s"), await createCrypter("x"));
  }

  dispose(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }

  /** The state as it lies on disk. */
  async snapshot(): Promise<Snapshot> {
    const text = await readCheckpointFile(this.files);
    if (text === undefined) return { resources: [], pendingOperations: [] };
    return parseCheckpoint(text, this.files.checkpoint, this.crypter);
  }

  write(snapshot: Snapshot): Promise<void> {
    const text = renderCheckpoint(this.files.qualifiedName, snapshot, this.crypter);
    return writeCheckpointFile(this.files, text);
  }

  /** The state's resources of the package `test`, by name. */
  async resource(name: string): Promise<ResourceState> {
    const { resources } = await this.snapshot();
    const found = resources.find((r) => r.urn.endsWith(`::${name}`) && !r.delete);
    if (!found) throw new Error(`${name} is not in the state`);
    return found;
  }

  up(program: (register: Register) => Promise<unknown>, preview = false): Promise<RunResult> {
    return this.run(
      preview,
      async (d) => {
        await program(registrar(d));
        await deleteUnwanted(d);
      },
      settlePendingDeletions,
    );
  }

  destroy(): Promise<RunResult> {
    return this.run(false, async (d) => {
      const found = await settlePendingCreations(d);
      await deleteAll(d, [...d.options.base.resources, ...found]);
    });
  }

  async refresh(): Promise<RunResult> {
    return this.run(false, async (d) => {
      await d.snapshots.rebase(await refreshSnapshot(d));
    });
  }

  private async run(
    preview: boolean,
    act: (d: Deployment) => Promise<unknown>,
    settle?: (d: Deployment) => Promise<Snapshot>,
  ): Promise<RunResult> {
    const base = await this.snapshot();
    const snapshots = new SnapshotManager(base, preview ? undefined : this.files, this.crypter);
    const display = new RecordingDisplay();
    const deploymentOver = (base: Snapshot) =>
      new Deployment({
        project: "p",
        stack: "s",
        preview,
        parallel: 4,
        base,
        snapshots,
        providers: new ProviderRegistry({ test: async () => this.fake }),
        display,
        signal: new AbortController().signal,
        configOf: () => ({}),
      });
    let d = deploymentOver(base);
    if (settle) {
      const settled = await settle(d);
      await snapshots.rebase(settled);
      d = deploymentOver(settled);
    }
    await act(d).catch((error: unknown) => d.fail(error));
    await d.settle();
    if (!preview) await snapshots.flush();
    // After every run of every test the state must be one that the CLI takes.
    assert.deepEqual(integrityFaults(await this.snapshot()), []);
    return {
      ok: !d.failed,
      steps: display.steps,
      logs: display.logs,
      counts: Object.fromEntries(d.counts),
    };
  }
}

class RecordingDisplay implements Display {
  readonly steps: string[] = [];
  readonly logs: { severity: Severity; message: string }[] = [];
  header(): void {}
  begin(): void {}
  end(step: Step, failed: boolean): void {
    this.steps.push(`${failed ? "failed " : ""}${step.operation} ${step.name}`);
  }
  status(): void {}
  log(severity: Severity, message: string): void {
    this.logs.push({ severity, message });
  }
  finish(): void {}
}

/** What the monitor does with a registration, without the wire. */
function registrar(d: Deployment): Register {
  const scope = createScope();
  return async (partial) => {
    const goal: Goal = { ...emptyGoal, providers: new Map(), ...partial };
    inheritFromParent(scope, goal);
    if (goal.custom && !isProviderType(goal.type))
      goal.provider = await resolveProvider(d, scope, goal);
    const state = await registerResource(d, goal);
    scope.goals.set(state.urn, goal);
    return state;
  };
}

const emptyGoal: Omit<Goal, "name" | "providers"> = {
  type: "test:index:Thing",
  custom: true,
  parent: "",
  inputs: {},
  provider: "",
  version: "",
  dependencies: [],
  propertyDependencies: {},
  deletedWith: "",
  replaceWith: [],
  replacementTrigger: null,
  ignoreChanges: [],
  replaceOnChanges: [],
  additionalSecretOutputs: [],
  aliases: [],
  customTimeouts: {},
  sourcePosition: "",
  stackTrace: [],
};
