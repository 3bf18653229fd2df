import { readdirSync, readFileSync } from "node:fs";
import { clusterDir } from "../paths";
import { markerVariable } from "./layout";
import { waitFor } from "./wait";

/** Ids of all processes that descend from our supervisor, known by a variable of their environment. */
export function ownProcesses(): number[] {
  const marker = `${markerVariable}=${clusterDir}`;
  const all = readdirSync("/proc").map(Number).filter(Number.isInteger);
  return all.filter((pid) => {
    const environment = readProc(pid, "environ");
    return environment?.split("\0").includes(marker) && pid !== process.pid;
  });
}

/** The command line of a process, for a person. */
export function commandLine(pid: number): string {
  return (readProc(pid, "cmdline") ?? "").split("\0").join(" ").trim();
}

/** Ends processes by their ids, with SIGTERM first and SIGKILL after `graceMs`. */
export async function endProcesses(find: () => number[], graceMs: number): Promise<void> {
  if (find().length === 0) return;
  for (const pid of find()) signal(pid, "SIGTERM");
  const gone = async () => (find().length === 0 ? undefined : `left: ${find().join(", ")}`);
  await waitFor("processes to end", graceMs, gone).catch(async () => {
    for (const pid of find()) signal(pid, "SIGKILL");
    await waitFor("killed processes to end", 10_000, gone);
  });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** A zombie's files read as empty; a process that ended meanwhile has none. */
function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}
