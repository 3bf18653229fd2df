import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { layout } from "./layout";

/** Shows the last lines of all components' logs, or of the named ones, and follows them if asked. */
export async function showLogs(names: readonly string[], follow: boolean): Promise<void> {
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
  const options = ["-n", names.length > 0 ? "200" : "20", ...(follow ? ["-F"] : [])];
  const args = [...options, ...wanted.map((file) => join(layout.logs, file))];
  await new Promise((resolve) => spawn("tail", args, { stdio: "inherit" }).on("close", resolve));
}
