import { execFileSync } from "node:child_process";

/** The CLI that PULUMI names, or that is on the PATH. An empty PULUMI means none. */
export function findPulumiCli(): string | undefined {
  const named = process.env.PULUMI;
  if (named !== undefined) return named || undefined;
  try {
    return execFileSync("sh", ["-c", "command -v pulumi"], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

export const noPulumiCli =
  "no Pulumi CLI is at hand (PULUMI=/path/to/pulumi names one, with its plugins kubernetes, docker and random)";
