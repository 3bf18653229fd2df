import type { CoreV1Api } from "@kubernetes/client-node";
import { poll } from "../../resources/poll";
import { askCli, type Cli, exitCode, startCli } from "./cli";
import { coreApiOf } from "./kubernetes";
import { endLeftovers, type RunRecord } from "./run-record";
import {
  editState,
  lockHolders,
  type Resource,
  readState,
  removeBrokenMetadata,
  type State,
} from "./state";

/** What the next run needs after one that was killed or cut off. */
export interface Recovery {
  /** Variables for the CLI: with them the Kubernetes provider takes over objects that were made, and not recorded. */
  readonly variables: NodeJS.ProcessEnv;
  /** Options for the CLI: a Job that has failed is never run again, so that another takes its place. */
  readonly options: readonly string[];
}

const takeOver = {
  PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true",
  PULUMI_K8S_ENABLE_PATCH_FORCE: "true",
};

const say = (line: string) => console.error(line);

/** Frees the stack from a run that is gone: ends its processes and gives its lock back. Says what it does. */
export async function freeStack(cli: Cli, unfinished: RunRecord | undefined): Promise<void> {
  if (unfinished !== undefined) {
    const ended = await endLeftovers(unfinished);
    if (ended > 0)
      say(`Ended ${ended} processes that a killed \`${unfinished.command}\` had left.`);
  }
  const locks = lockHolders(cli);
  if (locks.length === 0 && unfinished === undefined) return;
  removeBrokenMetadata(cli);
  for (const { name } of locks)
    say(`Removed a stale lock: the run that held it is gone (${name}).`);
  await askCli(cli, "cancel", "--yes").catch((error: Error) => {
    // Without a lock there is nothing to cancel; a back end may call that an error.
    if (locks.length > 0) throw error;
  });
}

/** What is done before an `up` that goes on after an interrupted run. */
export async function recoverForUp(
  cli: Cli,
  state: State,
  unfinished: RunRecord | undefined,
): Promise<Recovery> {
  const wasDestroy = unfinished?.command === "destroy";
  const deletions = urnsOf(state, "deleting");
  const areNamespacesGone =
    (wasDestroy || deletions.length > 0) && (await waitForEnd(await coreApiOf(cli.stack), state));
  // The state has what is deleted with an object forgotten before that object goes.
  const targets = areNamespacesGone ? [] : deletions.flatMap((urn) => ["--target", urn]);
  if (areNamespacesGone || targets.length > 0) {
    say("Looking at what the interrupted run has deleted:");
    const refresh = ["refresh", "--yes", "--skip-preview", "--skip-pending-creates", ...targets];
    const code = await exitCode(startCli(cli, refresh));
    if (code !== 0) throw new Error(`pulumi refresh ended with ${code}: see the lines above`);
  }
  // A run that was cut off may have made objects that neither the state nor its pending operations know. They are in
  // the stack's own namespace: before that is in the state, nothing is taken over.
  const mayBeThere =
    urnsOf(state, "creating").length > 0 ||
    (unfinished !== undefined && namespacesOf(state).length > 0);
  if (state.pending.some(isAutonamed)) await giveUpAutonamed(cli);
  return { variables: mayBeThere ? takeOver : {}, options: replacedJobs(state) };
}

function replacedJobs({ resources }: State): string[] {
  return resources
    .filter(({ type, initErrors }) => type === "kubernetes:batch/v1:Job" && initErrors.length > 0)
    .flatMap(({ urn }) => ["--replace", urn]);
}

/** Whether an object was being made under a name that the provider had chosen: the next creation chooses another. */
function isAutonamed({ type, resource }: State["pending"][number]): boolean {
  const { annotations } = (resource.inputs.metadata ?? {}) as {
    annotations?: Record<string, unknown>;
  };
  return type === "creating" && annotations?.["pulumi.com/autonamed"] === "true";
}

/** Has the next run delete such objects, as those that were replaced, for none would find them by the new name. */
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

/** Takes what was pending out of the state, once an `up` has made all of it. */
export async function forgetPending(cli: Cli): Promise<void> {
  const state = await readState(cli);
  if (state === undefined || state.pending.length === 0) return;
  await editState(cli, ({ resources, pending }) => {
    const made = new Set(resources.map(({ urn }) => urn));
    return { resources, pending: pending.filter(({ resource }) => !made.has(resource.urn)) };
  });
}

/**
 * What is done before a `destroy` that follows an interrupted run: objects of Kubernetes whose creation was cut short
 * become resources of the state, to be deleted with the rest. What was made inside Kafka, Druid or Superset goes with them.
 */
export async function recoverForDestroy(cli: Cli, state: State): Promise<void> {
  if (urnsOf(state, "creating").length === 0) return;
  await editState(cli, ({ resources, pending }) => {
    const known = new Set(resources.map(({ urn }) => urn));
    const begun = pending
      .filter(({ type, resource }) => type === "creating" && !known.has(resource.urn))
      .flatMap(({ resource }) => madeObject(resource) ?? []);
    // Each of several runs that were killed leaves its own.
    const once = new Map(begun.map((resource) => [resource.urn, resource])).values();
    const left = pending.filter(({ type }) => type !== "creating");
    return { resources: [...resources, ...once], pending: left };
  });
}

/** The resource as it would be if its object had been made, or undefined where its inputs don't tell the id. */
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

/** The namespaces that the state has, or was making. */
export function namespacesOf({ resources, pending }: State): string[] {
  const all = [...resources, ...pending.map(({ resource }) => resource)];
  const names = all
    .filter(({ type }) => type === "kubernetes:core/v1:Namespace")
    .map(({ inputs }) => (inputs.metadata as { name?: unknown } | undefined)?.name)
    .filter((name) => typeof name === "string");
  return [...new Set(names)];
}

/** Waits until namespaces that are on their way out are gone. Gives whether one of the state's is not there. */
async function waitForEnd(core: CoreV1Api, state: State, timeoutMs = 300_000): Promise<boolean> {
  let areAllThere = true;
  for (const name of namespacesOf(state)) {
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
