import { spawn } from "node:child_process";
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Runs `task` while no other process of this machine runs one with the same file, which holds the number of the process
 * at work. Says whom it waits for: `doing` is what that does, as in "builds images". The file stays; the lock on it ends
 * with the process that has it, however that ends.
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
  const handle = openSync(file, "a", 0o600);
  try {
    if (!(await lock(handle, 0))) {
      const who = `process ${readFileSync(file, "utf8")}, which ${doing}`;
      console.error(`waiting for ${who}`);
      if (!(await lock(handle, seconds))) {
        throw new Error(
          `${who}, has held ${file} for ${seconds} s: see what it does, end it, then try again`,
        );
      }
    }
    ftruncateSync(handle);
    writeSync(handle, String(process.pid));
    return await task();
  } finally {
    closeSync(handle);
  }
}

/** Takes the lock of an open file within `seconds`. `flock` takes it for all that share the opening, as this process does. */
function lock(handle: number, seconds: number): Promise<boolean> {
  const args = ["--exclusive", "--timeout", String(seconds), "3"];
  const child = spawn("flock", args, { stdio: ["ignore", "ignore", "inherit", handle] });
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => resolve(code === 0));
  });
}
