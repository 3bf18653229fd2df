import { recordHistory } from "./backend";
import { deleteAll, deleteUnwanted } from "./deletion";
import { Deployment } from "./deployment";
import type { Display, RunKind } from "./display/events";
import { createEngineService } from "./engine-service";
import { takeLock } from "./lock";
import { createMonitor } from "./monitor";
import { settlePendingCreations, settlePendingDeletions } from "./pending";
import { createScope } from "./program-scope";
import { ProviderRegistry } from "./provider-registry";
import { providerFactories } from "./providers/index";
import { refreshSnapshot } from "./refresh";
import { type RpcServer, startServer } from "./rpc";
import { alreadyToldExitCode, programEnvironment, runProgram } from "./run-program";
import { SnapshotManager } from "./snapshot-manager";
import { locateStack, openStack, type StackSelection, type StackSession } from "./stack-session";
import type { Snapshot } from "./state";
import { isProviderType, packageOfType, rootStackType } from "./urn";
import { type PropertyMap, Secret } from "./values";
import { warmUpWire } from "./wire";

export interface RunOptions extends StackSelection {
  kind: RunKind;
  parallel: number;
  /** Read back the state's objects before an update or a preview. */
  refresh: boolean;
  /** Whether the display shows the program's debug messages. */
  debug: boolean;
  display: Display;
  interrupts: Interrupts;
}

/** How a person ends a run: gently at first, then at once. */
export interface Interrupts {
  /** Aborted when nothing new may begin. */
  gentle: AbortSignal;
  /** Aborted when what is in flight is to be given up. */
  hard: AbortSignal;
}

/** Runs one operation on a stack. Resolves to whether it succeeded; what failed was told. */
export async function run(options: RunOptions): Promise<boolean> {
  const started = Date.now();
  const { display, kind } = options;
  const { files } = locateStack(options);
  const lock =
    kind === "preview"
      ? undefined
      : await takeLock(files, (message) => display.log("info", message));
  let server: RpcServer | undefined;
  try {
    const session = await openStack(options);
    display.header(kind, session.project.name, options.stack);
    const parts = new RunParts(options, session);
    server = await parts.serve();
    const ok = await parts.perform();
    const end = Date.now();
    if (kind !== "preview" && parts.wrote) {
      await recordHistory(files, options.stack, {
        kind,
        startTime: Math.floor(started / 1000),
        endTime: Math.floor(end / 1000),
        result: ok ? "succeeded" : "failed",
        resourceChanges: Object.fromEntries(parts.counts),
      });
    }
    display.finish({
      kind,
      outputs: parts.outputsChange(),
      counts: parts.counts,
      errored: parts.errored,
      failed: !ok,
      seconds: (end - started) / 1000,
      note: parts.note(ok),
    });
    return ok;
  } finally {
    server?.server.forceShutdown();
    await lock?.release();
  }
}

/** The parts of one run, and the order in which they act. */
class RunParts {
  private readonly snapshots: SnapshotManager;
  private readonly providers: ProviderRegistry;
  private deployment: Deployment;
  private programFailed = false;
  private address = "";
  private readonly olds: PropertyMap;
  wrote = false;

  constructor(
    private readonly options: RunOptions,
    private readonly session: StackSession,
  ) {
    const { snapshot, files, crypter, config, project } = session;
    this.olds = stackOutputs(snapshot);
    const preview = options.kind === "preview";
    this.snapshots = new SnapshotManager(snapshot, preview ? undefined : files, crypter);
    this.providers = new ProviderRegistry(
      providerFactories({
        root: project.root,
        engineAddress: () => this.address,
        environment: programEnvironment({ ...options, project, config, preview }),
        onLine: (line) => options.display.log("info", line),
      }),
    );
    this.deployment = this.deploymentOver(snapshot);
  }

  get counts() {
    return this.deployment.counts;
  }

  get errored() {
    return this.deployment.errored.size;
  }

  async serve(): Promise<RpcServer> {
    const { display } = this.options;
    const scope = createScope();
    const engine = createEngineService(display, {
      isEnding: () => this.deployment.failed || this.deployment.cancelled,
      onStarted: () => this.startProviders(),
      onError: () => {
        this.programFailed = true;
      },
    });
    const server = await startServer((grpc) => {
      grpc.addService(engine.service, engine.implementation);
      const monitor = createMonitor(() => this.deployment, scope, this.session.project.root);
      grpc.addService(monitor.service, monitor.implementation);
    });
    this.address = server.address;
    return server;
  }

  async perform(): Promise<boolean> {
    const { kind, interrupts, refresh } = this.options;
    const cancel = () => {
      this.deployment.cancelled = true;
    };
    interrupts.gentle.addEventListener("abort", cancel, { once: true });
    if (interrupts.gentle.aborted) cancel();
    try {
      this.warnOfPending();
      if (kind === "refresh" || refresh) await this.refresh();
      if (kind === "destroy") await this.destroy();
      else if (kind !== "refresh") await this.update();
    } catch (error) {
      this.deployment.fail(error);
    } finally {
      await this.deployment.settle();
      await this.deployment.settleStackOutputs(this.olds);
      if (kind !== "preview") {
        this.wrote = true;
        await this.snapshots.flush().catch((error: unknown) => this.deployment.fail(error));
      }
      await this.providers.close();
    }
    return !this.deployment.failed && !this.deployment.cancelled;
  }

  outputsChange() {
    const { kind } = this.options;
    if (kind === "refresh") return undefined;
    if (kind !== "preview")
      return { olds: this.olds, news: stackOutputs(this.snapshots.current()) };
    const stack = [...this.deployment.news.values()].find((r) => r.type === rootStackType);
    return { olds: this.olds, news: stack?.outputs ?? {} };
  }

  note(ok: boolean): string | undefined {
    if (this.deployment.cancelled) {
      return "The run was cancelled. What was done is in the state; the next run goes on from there.";
    }
    if (ok && this.options.kind === "destroy") {
      return "The resources of the stack are deleted; its history and its config are kept.";
    }
    return undefined;
  }

  private deploymentOver(base: Snapshot): Deployment {
    const { options, session, snapshots, providers } = this;
    return new Deployment({
      project: session.project.name,
      stack: session.stack,
      preview: options.kind === "preview",
      parallel: options.parallel,
      base,
      snapshots,
      providers,
      display: options.display,
      signal: options.interrupts.hard,
      configOf: (packageName) => packageConfig(session, packageName),
    });
  }

  private warnOfPending(): void {
    const { pendingOperations } = this.session.snapshot;
    if (pendingOperations.length === 0) return;
    const list = pendingOperations.map(
      ({ resource, type }) => `  * ${resource.urn}, interrupted while ${type}`,
    );
    this.deployment.log(
      "warning",
      `The last run was interrupted with ${pendingOperations.length} operation(s) under way:\n${list.join("\n")}\n` +
        "This run does them again; what was made meanwhile is taken over.",
    );
  }

  /** The refreshed state is the base of what follows. */
  private async refresh(): Promise<void> {
    await this.continueOver(await refreshSnapshot(this.deployment));
  }

  private async continueOver(snapshot: Snapshot): Promise<void> {
    if (this.options.kind !== "preview") await this.snapshots.rebase(snapshot);
    if (this.options.kind !== "refresh") {
      const { cancelled } = this.deployment;
      this.deployment = this.deploymentOver(snapshot);
      this.deployment.cancelled = cancelled;
    }
  }

  /** What an interrupted deletion has left, or has not, is known before the program asks for it again. */
  private async settleDeletions(): Promise<void> {
    const { base } = this.deployment.options;
    if (!base.pendingOperations.some(({ type }) => type === "deleting")) return;
    await this.continueOver(await settlePendingDeletions(this.deployment));
  }

  private async update(): Promise<void> {
    const { options, session } = this;
    await this.settleDeletions();
    const program = runProgram({
      project: session.project,
      stack: session.stack,
      config: session.config,
      preview: options.kind === "preview",
      parallel: options.parallel,
      debug: options.debug,
      monitorAddress: this.address,
      // After a resource has failed, the program only tells that it is not answered any more.
      onLine: (line) => {
        if (!this.deployment.failed) options.display.log("info", line);
      },
    });
    options.interrupts.hard.addEventListener("abort", program.stop, { once: true });
    this.loadProviders();
    const code = await program.ended;
    await this.deployment.settle();
    this.deployment.mayBegin();
    if (code !== 0 || this.programFailed) {
      if (code !== alreadyToldExitCode && !this.programFailed) {
        this.deployment.log("error", `the program ended with exit code ${code}`);
      }
      this.deployment.failed = true;
      return;
    }
    const found = await settlePendingCreations(this.deployment);
    await deleteUnwanted(this.deployment, found);
  }

  /** The program takes a while to start; what it will most likely need is loaded, and compiled, meanwhile. */
  private loadProviders(): void {
    warmUpWire(this.deployment.options.base.resources.map((r) => r.outputs));
    for (const name of this.packagesOfState()) void this.providers.load(name);
  }

  /** Processes come after the program's own start, which would be slowed down by theirs. */
  private startProviders(): void {
    for (const name of this.packagesOfState()) void this.providers.warmUp(name);
  }

  private packagesOfState(): Set<string> {
    const { resources } = this.deployment.options.base;
    return new Set(
      resources.filter((r) => isProviderType(r.type)).map((r) => packageOfType(r.type)),
    );
  }

  private async destroy(): Promise<void> {
    const made = await settlePendingCreations(this.deployment);
    await deleteAll(this.deployment, [...this.deployment.options.base.resources, ...made]);
  }
}

function stackOutputs(snapshot: Snapshot): PropertyMap {
  return snapshot.resources.find((r) => r.type === rootStackType)?.outputs ?? {};
}

/** Config of a package's default provider; dynamic resources see all of the stack's, by full key. */
function packageConfig(session: StackSession, packageName: string): PropertyMap {
  const result: PropertyMap = {};
  const prefix = `${packageName}:`;
  for (const [key, value] of Object.entries(session.config.values)) {
    const secret = session.config.secretKeys.includes(key) ? new Secret(value) : value;
    if (packageName === "pulumi-nodejs") result[key] = secret;
    else if (key.startsWith(prefix)) result[key.slice(prefix.length)] = secret;
  }
  return result;
}
