import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

const pollMilliseconds = 500;

/**
 * Runs `task` while no other process of this machine runs one with the same file, which holds the
 * number of the process at work. A file that a killed process left is taken over.
 * @throws Error if the other isn't done within `seconds` (default: an hour).
 */
export async function exclusively<T>(
  file: string,
  report: (line: string) => void,
  task: () => Promise<T>,
  seconds = 3600,
): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const end = Date.now() + seconds * 1000;
  let told = false;
  while (!(await take(file))) {
    const holder = await readHolder(file);
    if (holder === undefined) continue;
    if (Date.now() > end) {
      throw new Error(
        `Process ${holder} holds ${file} for more than ${seconds} s. See what it does.`,
      );
    }
    if (!told) report(`waiting for process ${holder}, which builds images too`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
  try {
    return await task();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** The living process that holds the file; the file of a dead one is removed. */
async function readHolder(file: string): Promise<number | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  const holder = Number(text);
  if (holder > 0 && isAlive(holder)) return holder;
  if (text !== "") await rm(file, { force: true });
  return undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
