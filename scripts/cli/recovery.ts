import type { CoreV1Api } from "@kubernetes/client-node";
import { poll } from "../../resources/poll";
import { askCli, type Cli, exitCode, startCli } from "./cli";
import { coreApiOf } from "./kubernetes";
import { endLeftovers, type RunRecord } from "./run-record";
import {
  editState,
  lockHolders,
  namespacesOf,
  type Resource,
  readState,
  removeBrokenMetadata,
  type State,
} from "./state";

/** What the next run needs after a run that was killed or interrupted. */
export interface Recovery {
  /** Variables for the CLI. With them the Kubernetes provider takes over objects that were created but not recorded. */
  readonly variables: NodeJS.ProcessEnv;
  /** Options for the CLI. They replace failed Jobs, because Kubernetes never runs such a Job again. */
  readonly options: readonly string[];
}

const takeOver = { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true" };

const say = (line: string) => console.error(line);

/** Ends the remaining processes of a run that was killed, and releases its lock. Prints what it does. */
export async function freeStack(cli: Cli, unfinished: RunRecord | undefined): Promise<void> {
  if (unfinished !== undefined) {
    const ended = await endLeftovers(unfinished);
    if (ended > 0) {
      say(`Ended ${ended} processes that a killed \`${unfinished.command}\` had left.`);
    }
  }
  const locks = lockHolders(cli);
  if (locks.length === 0 && unfinished === undefined) return;
  removeBrokenMetadata(cli);
  for (const { name } of locks) {
    say(`Removed a stale lock: the run that held it is gone (${name}).`);
  }
  await askCli(cli, "cancel", "--yes").catch((error: Error) => {
    // Without a lock there is nothing to cancel, which may be an error of the back end.
    if (locks.length > 0) throw error;
  });
}

/** Prepares an `up` that continues an interrupted run. */
export async function recoverForUp(
  cli: Cli,
  state: State,
  unfinished: RunRecord | undefined,
): Promise<Recovery> {
  const wasDestroy = unfinished?.command === "destroy";
  const deletions = urnsOf(state, "deleting");
  const areNamespacesGone =
    (wasDestroy || deletions.length > 0) && (await waitForEnd(await coreApiOf(cli.stack), state));
  // The engine removes resources with `deletedWith` from the state before the object is deleted. So if the namespaces are
  // gone, everything must be read.
  const targets = areNamespacesGone ? [] : deletions.flatMap((urn) => ["--target", urn]);
  if (areNamespacesGone || targets.length > 0) {
    say("Looking at what the interrupted run has deleted:");
    const refresh = ["refresh", "--yes", "--skip-preview", "--skip-pending-creates", ...targets];
    const code = await exitCode(startCli(cli, refresh));
    if (code !== 0) throw new Error(`pulumi refresh ended with ${code}: see the lines above`);
  }
  // An interrupted run may have created objects that neither the state nor its pending operations contain. They are in the
  // stack's own namespace, so nothing is taken over before the namespace is in the state.
  const mayBeThere =
    urnsOf(state, "creating").length > 0 ||
    (unfinished !== undefined && namespacesOf(state).size > 0);
  if (state.pending.some(isAutonamed)) await giveUpAutonamed(cli);
  return { variables: mayBeThere ? takeOver : {}, options: replacedJobs(state) };
}

function replacedJobs({ resources }: State): string[] {
  return resources
    .filter(({ type, initErrors }) => type === "kubernetes:batch/v1:Job" && initErrors.length > 0)
    .flatMap(({ urn }) => ["--replace", urn]);
}

/** Whether an object was being created under a name that the provider chose. The next creation chooses another name. */
function isAutonamed({ type, resource }: State["pending"][number]): boolean {
  const { annotations } = (resource.inputs.metadata ?? {}) as {
    annotations?: Record<string, unknown>;
  };
  return type === "creating" && annotations?.["pulumi.com/autonamed"] === "true";
}

/** Marks such objects for deletion by the next run, as replaced ones, because no run would find them by the new name. */
async function giveUpAutonamed(cli: Cli): Promise<void> {
  await editState(cli, ({ resources, pending }) => {
    const begun = pending
      .filter(isAutonamed)
      .flatMap(({ resource }) => madeObject(resource) ?? [])
      .map((resource) => ({ ...resource, delete: true }));
    const left = pending.filter((operation) => !isAutonamed(operation));
    return { resources: [...resources, ...begun], pending: left };
  });
}

/** Removes the pending operations from the state, after an `up` has created their resources. */
export async function forgetPending(cli: Cli): Promise<void> {
  const state = await readState(cli);
  if (state === undefined || state.pending.length === 0) return;
  await editState(cli, ({ resources, pending }) => {
    const made = new Set(resources.map(({ urn }) => urn));
    return { resources, pending: pending.filter(({ resource }) => !made.has(resource.urn)) };
  });
}

/**
 * Prepares a `destroy` that follows an interrupted run. Kubernetes objects whose creation was interrupted become resources
 * of the state, and are deleted with the others. What was created inside Kafka, Druid or Superset is deleted with these.
 */
export async function recoverForDestroy(cli: Cli, state: State): Promise<void> {
  if (urnsOf(state, "creating").length === 0) return;
  await editState(cli, ({ resources, pending }) => {
    const known = new Set(resources.map(({ urn }) => urn));
    const begun = pending
      .filter(({ type, resource }) => type === "creating" && !known.has(resource.urn))
      .flatMap(({ resource }) => madeObject(resource) ?? []);
    // Several killed runs may each have left an operation for the same resource.
    const once = new Map(begun.map((resource) => [resource.urn, resource])).values();
    const left = pending.filter(({ type }) => type !== "creating");
    return { resources: [...resources, ...once], pending: left };
  });
}

/** The resource as the state would have it after the creation. Undefined if the inputs don't determine the id. */
function madeObject(resource: Resource): Resource | undefined {
  const { metadata } = resource.inputs as { metadata?: { name?: unknown; namespace?: unknown } };
  const { name, namespace } = metadata ?? {};
  if (!resource.type.startsWith("kubernetes:") || typeof name !== "string") return undefined;
  const id = typeof namespace === "string" ? `${namespace}/${name}` : name;
  return { ...resource, id, outputs: resource.inputs };
}

function urnsOf({ pending }: State, type: string): string[] {
  return pending.filter((operation) => operation.type === type).map(({ resource }) => resource.urn);
}

/** Waits until terminating namespaces are gone. Returns whether one of the state's namespaces doesn't exist. */
async function waitForEnd(core: CoreV1Api, state: State, timeoutMs = 300_000): Promise<boolean> {
  let areAllThere = true;
  for (const name of namespacesOf(state).keys()) {
    if ((await phaseOf(core, name)) === "Terminating") {
      say(`Waiting for namespace ${name} to be gone …`);
    }
    const failure = () =>
      new Error(
        `namespace ${name} is still terminating after ${timeoutMs / 1000} s: \`kubectl get namespace ${name} -o yaml\` says why`,
      );
    const phase = await poll({ timeoutMs, failure }, async () => {
      const found = (await phaseOf(core, name)) ?? "gone";
      return found === "Terminating" ? undefined : found;
    });
    areAllThere &&= phase !== "gone";
  }
  return !areAllThere;
}

async function phaseOf(core: CoreV1Api, name: string): Promise<string | undefined> {
  const { items } = await core.listNamespace({ fieldSelector: `metadata.name=${name}` });
  return items[0]?.status?.phase;
}
