import { copyFile, mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * The files of one stack under a folder, laid out as the Pulumi CLI's file backend does
 * (`pulumi login file://<folder>`).
 */
export interface StackFiles {
  /** `organization/<project>/<stack>`. */
  readonly qualifiedName: string;
  readonly checkpoint: string;
  readonly locks: string;
  readonly history: string;
  readonly backups: string;
}

export function stackFiles(folder: string, project: string, stack: string): StackFiles {
  const root = join(folder, ".pulumi");
  return {
    qualifiedName: `organization/${project}/${stack}`,
    checkpoint: join(root, "stacks", project, `${stack}.json`),
    locks: join(root, "locks", "organization", project, stack),
    history: join(root, "history", project, stack),
    backups: join(root, "backups", project, stack),
  };
}

/** Makes the folder a file backend, unless it is one. State holds secrets: only its owner reads it. */
export async function prepareBackend(folder: string): Promise<void> {
  const root = join(folder, ".pulumi");
  await mkdir(root, { recursive: true, mode: 0o700 });
  try {
    await writeFile(join(root, "meta.yaml"), "version: 1\n", { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** The checkpoint's text, or undefined for a stack that was never written. */
export async function readCheckpointFile(files: StackFiles): Promise<string | undefined> {
  try {
    return await readFile(files.checkpoint, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes the checkpoint, all or nothing, and keeps the one before as `.bak`. */
export async function writeCheckpointFile(files: StackFiles, text: string): Promise<void> {
  await mkdir(dirname(files.checkpoint), { recursive: true, mode: 0o700 });
  try {
    await copyFile(files.checkpoint, `${files.checkpoint}.bak`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  await replaceFile(files.checkpoint, text);
}

export interface HistoryEntry {
  kind: "update" | "preview" | "refresh" | "destroy";
  /** Seconds since the epoch. */
  startTime: number;
  endTime: number;
  result: "succeeded" | "failed";
  /** Count by operation: create, update, delete, replace, same. */
  resourceChanges: Record<string, number>;
}

/** Records a finished run as the CLI does: an entry and the checkpoint in history, and a backup. */
export async function recordHistory(
  files: StackFiles,
  stack: string,
  entry: HistoryEntry,
): Promise<void> {
  const nanos = `${Date.now()}000000`;
  const { kind, startTime, endTime, result, resourceChanges } = entry;
  await mkdir(files.history, { recursive: true, mode: 0o700 });
  await mkdir(files.backups, { recursive: true, mode: 0o700 });
  await replaceFile(
    join(files.history, `${stack}-${nanos}.history.json`),
    JSON.stringify({
      kind,
      startTime,
      message: "",
      environment: {},
      config: {},
      result,
      endTime,
      version: 0,
      resourceChanges,
    }),
  );
  await copyFile(files.checkpoint, join(files.history, `${stack}-${nanos}.checkpoint.json`));
  await copyFile(files.checkpoint, join(files.backups, `${stack}.${nanos}.json`));
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
