import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stateDir } from "../paths";

const lockFile = join(stateDir, "cluster.lock");

/** A cold start that builds Kubernetes takes this long on a busy machine. */
const PATIENCE_MS = 30 * 60_000;

/**
 * Runs `work` when no other start, stop or clean is at it any more: two stacks that are stood up at once share the
 * cluster. Says whom it waits for, and throws after half an hour, naming that process.
 */
export async function alone<T>(work: () => Promise<T>): Promise<T> {
  await take();
  try {
    return await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

async function take(): Promise<void> {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const deadline = Date.now() + PATIENCE_MS;
  let said: string | undefined;
  for (;;) {
    const holder = tryToTake();
    if (holder === undefined) return;
    if (Date.now() > deadline) {
      throw new Error(
        `waited ${PATIENCE_MS / 60_000} min for process ${holder}, which is starting or stopping the cluster: ` +
          "see what it does, end it, then try again",
      );
    }
    if (said !== holder) {
      console.error(
        `Process ${holder} is starting or stopping the cluster: this run waits for its end.`,
      );
      said = holder;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Takes the lock, also from a process that is gone; gives the process that holds it where one does. */
function tryToTake(): string | undefined {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: "wx", mode: 0o600 });
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  let holder: string;
  try {
    holder = readFileSync(lockFile, "utf8");
  } catch {
    return tryToTake(); // released in between
  }
  if (holder !== "" && existsSync(`/proc/${holder}`)) return holder;
  rmSync(lockFile, { force: true }); // its holder was killed
  return tryToTake();
}
