import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stateDir } from "../paths";

const lockFile = join(stateDir, "cluster.lock");

/** Runs `work` unless another start, stop or clean is at it; throws then, naming its process. */
export async function alone<T>(work: () => Promise<T>): Promise<T> {
  take();
  try {
    return await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function take(): void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(lockFile, String(process.pid), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    const holder = readFileSync(lockFile, "utf8");
    if (existsSync(`/proc/${holder}`) && holder !== "") {
      throw new Error(
        `process ${holder} is starting or stopping the cluster: wait for its end, then try again`,
      );
    }
    rmSync(lockFile, { force: true }); // its holder was killed
    take();
  }
}
