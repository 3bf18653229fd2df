import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { project } from "../../settings/config-key";
import { askCli, type Cli } from "./cli";

const resourceSchema = z.looseObject({
  urn: z.string(),
  type: z.string(),
  custom: z.boolean().default(false),
  inputs: z.looseObject({}).default({}),
  retainOnDelete: z.boolean().optional(),
  /** Why an object that was created did not become ready. */
  initErrors: z.array(z.string()).default([]),
});
export type Resource = z.output<typeof resourceSchema>;

const deploymentSchema = z.looseObject({
  resources: z.array(resourceSchema).nullish(),
  pending_operations: z
    .array(z.looseObject({ type: z.string(), resource: resourceSchema }))
    .nullish(),
});

const checkpointSchema = z.object({
  checkpoint: z.object({ latest: deploymentSchema.nullish() }),
});

/** The output of `pulumi stack export`. */
const exportSchema = z.looseObject({ deployment: deploymentSchema.nullish() });

const lockSchema = z.object({ pid: z.number(), username: z.string(), hostname: z.string() });

/** The part of the state that matters to the next run. */
export interface State {
  readonly resources: readonly Resource[];
  /** Operations that were under way when the last run ended, with the resource of each. */
  readonly pending: readonly { readonly type: string; readonly resource: Resource }[];
}

/** The folder of a file back end. Undefined for any other back end, which only the CLI can reach. */
function backendFolder({ env }: Pick<Cli, "env">): string | undefined {
  const url = env.PULUMI_BACKEND_URL;
  return url?.startsWith("file:///") ? join(fileURLToPath(url), ".pulumi") : undefined;
}

/** Reads the state: that of a file back end from its file, any other by the CLI. Undefined if there is no such stack. */
export async function readState(cli: Cli): Promise<State | undefined> {
  const folder = backendFolder(cli);
  if (folder === undefined) {
    const text = await askCli(cli, "stack", "export");
    return stateOf(exportSchema.parse(JSON.parse(text)).deployment);
  }
  const file = join(folder, "stacks", project, `${cli.stack}.json`);
  return existsSync(file) ? stateIn(file) : undefined;
}

/** The states of all stacks, of all projects, in a file back end. Empty for any other back end. */
export function allStates(env: NodeJS.ProcessEnv): State[] {
  const folder = join(backendFolder({ env }) ?? "", "stacks");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".json"))
    .map((file) => stateIn(join(folder, file)));
}

function stateIn(file: string): State {
  const parsed = checkpointSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  return stateOf(parsed.checkpoint.latest);
}

/** Removes the empty metadata files that a killed CLI leaves beside the state, because the CLI fails on them. */
export function removeBrokenMetadata(cli: Cli): void {
  const folder = backendFolder(cli);
  if (folder === undefined) return;
  const stacks = join(folder, "stacks", project);
  const locks = join(folder, "locks", "organization", project, cli.stack);
  for (const place of [stacks, locks].filter((one) => existsSync(one))) {
    for (const name of readdirSync(place).filter((one) => one.endsWith(".attrs"))) {
      const file = join(place, name);
      const isOfStack = place === locks || name.startsWith(`${cli.stack}.json`);
      if (isOfStack && statSync(file).size === 0) rmSync(file);
    }
  }
}

function stateOf(deployment: z.output<typeof deploymentSchema> | null | undefined): State {
  return {
    resources: deployment?.resources ?? [],
    pending: deployment?.pending_operations ?? [],
  };
}

/** Whether the state can be read without the CLI, so that every run can look for pending operations. */
export function isStateAtHand(cli: Cli): boolean {
  return backendFolder(cli) !== undefined;
}

/** The namespaces in the state, including those whose creation is pending, and what a destroy does with each. */
export function namespacesOf({ resources, pending }: State): Map<string, "keep" | "delete"> {
  const found = new Map<string, "keep" | "delete">();
  for (const resource of [...resources, ...pending.map((one) => one.resource)]) {
    if (resource.type !== "kubernetes:core/v1:Namespace") continue;
    const { name } = (resource.inputs.metadata ?? {}) as { name?: unknown };
    if (typeof name === "string") found.set(name, resource.retainOnDelete ? "keep" : "delete");
  }
  return found;
}

/** Changes the state by the CLI's export and import. The import checks the new state. */
export async function editState(
  cli: Cli,
  edit: (state: State) => { resources: readonly Resource[]; pending: State["pending"] },
): Promise<void> {
  const exported = exportSchema.parse(JSON.parse(await askCli(cli, "stack", "export")));
  const { resources, pending } = edit(stateOf(exported.deployment));
  const deployment = { ...exported.deployment, resources, pending_operations: pending };
  const folder = mkdtempSync(join(tmpdir(), "pulumi-state-"));
  try {
    const file = join(folder, "state.json");
    writeFileSync(file, JSON.stringify({ ...exported, deployment }), { mode: 0o600 });
    await askCli(cli, "stack", "import", "--file", file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The process that holds the stack's lock. */
export interface LockHolder {
  /** `somebody@machine, pid 4711`. */
  readonly name: string;
  /** Whether it ran on this machine, and has ended. */
  readonly isGone: boolean;
}

/** The holders of the stack's lock. Only a file back end can tell; for others the list is empty. */
export function lockHolders(cli: Cli): LockHolder[] {
  const folder = backendFolder(cli);
  if (folder === undefined) return [];
  const locks = join(folder, "locks", "organization", project, cli.stack);
  if (!existsSync(locks)) return [];
  return readdirSync(locks)
    .filter((name) => name.endsWith(".json"))
    .map((name) => lockSchema.parse(JSON.parse(readFileSync(join(locks, name), "utf8"))))
    .map((lock) => ({
      name: `${lock.username}@${lock.hostname}, pid ${lock.pid}`,
      isGone: lock.hostname === hostname() && !isAlive(lock.pid),
    }));
}

/** Whether a process of this machine is running. A zombie is not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || !/\) [ZX] [^)]*$/.test(readFileSync(stat, "utf8"));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
