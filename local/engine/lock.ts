import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import type { StackFiles } from "./backend";

/** Who holds a stack, as the Pulumi CLI writes it. */
interface LockContent {
  pid: number;
  username: string;
  hostname: string;
  timestamp: string;
}

interface HeldLock extends LockContent {
  path: string;
}

/** Another run holds the stack. */
export class StackLockedError extends Error {
  constructor(qualifiedName: string, locks: HeldLock[]) {
    const holders = locks.map(
      (l) => `  ${l.path}: created by ${l.username}@${l.hostname} (pid ${l.pid}) at ${l.timestamp}`,
    );
    super(
      `the stack ${qualifiedName} is currently locked by ${locks.length} lock(s). Wait for the other run to end, ` +
        `or, if it is gone for good, remove the lock with the command "cancel".\n${holders.join("\n")}`,
    );
    this.name = "StackLockedError";
  }
}

export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the stack for this process. A lock of this host whose process is gone is removed, and said
 * through `say`. Throws {@link StackLockedError} when another run holds the stack.
 */
export async function takeLock(files: StackFiles, say: (message: string) => void): Promise<Lock> {
  await refuseIfHeld(files, say);
  const path = join(files.locks, `${randomUUID()}.json`);
  const content: LockContent = {
    pid: process.pid,
    username: userInfo().username,
    hostname: hostname(),
    timestamp: new Date().toISOString(),
  };
  await mkdir(files.locks, { recursive: true, mode: 0o700 });
  // All or nothing: a run killed here must not leave a lock that nobody can read.
  const draft = path.replace(/json$/, "tmp");
  await writeFile(draft, JSON.stringify(content), { mode: 0o600 });
  await rename(draft, path);
  const release = () => rm(path, { force: true });
  try {
    // Two runs that started at once both see each other here, and both give way.
    await refuseIfHeld(files, say, path);
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

/** Removes all locks of the stack, living or not, and returns who held them. */
export async function cancelLocks(files: StackFiles): Promise<string[]> {
  const locks = await listLocks(files);
  for (const lock of locks) await rm(lock.path, { force: true });
  return locks.map((l) => `${l.username}@${l.hostname} (pid ${l.pid}) at ${l.timestamp}`);
}

async function refuseIfHeld(
  files: StackFiles,
  say: (message: string) => void,
  own?: string,
): Promise<void> {
  const held: HeldLock[] = [];
  for (const lock of await listLocks(files)) {
    if (lock.path === own) continue;
    if (!isStale(lock)) {
      held.push(lock);
      continue;
    }
    say(
      `Removed a stale lock: ${lock.username}@${lock.hostname} (pid ${lock.pid}, gone) took it at ${lock.timestamp}.`,
    );
    await rm(lock.path, { force: true });
  }
  if (held.length > 0) throw new StackLockedError(files.qualifiedName, held);
}

async function listLocks(files: StackFiles): Promise<HeldLock[]> {
  let names: string[];
  try {
    names = await readdir(files.locks);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  const locks: HeldLock[] = [];
  for (const name of names.filter((n) => n.endsWith(".json"))) {
    const path = join(files.locks, name);
    try {
      locks.push({ ...(JSON.parse(await readFile(path, "utf8")) as LockContent), path });
    } catch (error) {
      // Released between the listing and the reading.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return locks;
}

/**
 * Only a lock of this host can be judged: its process is gone, or its pid is now another process,
 * which was started after the lock was taken.
 */
function isStale(lock: LockContent): boolean {
  if (lock.hostname !== hostname()) return false;
  try {
    process.kill(lock.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
  const started = processStart(lock.pid);
  return started !== undefined && started > Date.parse(lock.timestamp) + 1000;
}

/** When a process was started, in ms since the epoch; undefined where /proc does not tell. */
function processStart(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
    const boot = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1];
    const ticksPerSecond = 100;
    return boot ? (Number(boot) + ticks / ticksPerSecond) * 1000 : undefined;
  } catch {
    return undefined;
  }
}
