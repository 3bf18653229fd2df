import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { layout } from "./layout";

/** Shows the last lines of all components' logs, or of the named ones, and follows them if there is a `-f`. */
export async function showLogs(args: readonly string[]): Promise<void> {
  const names = args.filter((arg) => arg !== "-f");
  const known = existsSync(layout.logs)
    ? readdirSync(layout.logs).filter((file) => file.endsWith(".log"))
    : [];
  const wanted = names.length > 0 ? names.map((name) => `${name}.log`) : known;
  const unknown = wanted.filter((file) => !known.includes(file));
  if (known.length === 0 || unknown.length > 0) {
    const there = known.map((file) => file.replace(/\.log$/, "")).join(", ") || "none yet";
    throw new Error(
      `no log of ${unknown.join(", ") || "any component"} in ${layout.logs}; there: ${there}`,
    );
  }
  const lines = ["-n", names.length > 0 ? "200" : "20"];
  const follow = args.includes("-f") ? ["-F"] : [];
  const files = wanted.map((file) => join(layout.logs, file));
  const tail = spawn("tail", [...lines, ...follow, ...files], { stdio: "inherit" });
  await once(tail, "close");
}
