import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/**
 * Runs `task` while no other process of this machine runs one with the same file, which holds the number of the process
 * at work. Says whom it waits for: `doing` is what that does, as in "builds images". A file that a killed process left is
 * taken over.
 *
 * @throws Error if the other isn't done within `seconds` (default: an hour)
 */
export async function exclusively<T>(
  file: string,
  doing: string,
  task: () => Promise<T>,
  seconds = 3600,
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const end = Date.now() + seconds * 1000;
  let told: number | undefined;
  while (!take(file)) {
    const holder = livingHolder(file);
    if (holder === undefined) continue;
    const who = `process ${holder}, which ${doing}`;
    if (Date.now() > end) {
      throw new Error(
        `${who}, has held ${file} for ${seconds} s: see what it does, end it, then try again`,
      );
    }
    if (told !== holder) console.error(`waiting for ${who}`);
    told = holder;
    await pause(200);
  }
  try {
    return await task();
  } finally {
    rmSync(file, { force: true });
  }
}

/** The file appears with its text, so that nobody reads it empty. */
function take(file: string): boolean {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid), { mode: 0o600 });
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** The living process that holds the file; the file of a dead one is removed. */
function livingHolder(file: string): number | undefined {
  try {
    const holder = Number(readFileSync(file, "utf8")) || Number.NaN; // 0 would be this group
    process.kill(holder, 0);
    return holder;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EPERM") return Number(readFileSync(file, "utf8"));
    if (code !== "ENOENT") rmSync(file, { force: true });
    return undefined;
  }
}
