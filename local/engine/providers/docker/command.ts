import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How many lines of output an error repeats. */
const shownLines = 25;

export interface CommandOptions {
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  /** Called with each line of output as it comes. */
  onLine?(line: string): void;
}

/** Runs the docker client and returns what it printed. Throws with its last lines when it fails. */
export async function docker(args: readonly string[], options: CommandOptions): Promise<string> {
  const lines: string[] = [];
  const onLine = (line: string) => {
    if (line.trim() === "") return;
    lines.push(line);
    options.onLine?.(line);
  };
  const code = await run(args, options, onLine);
  if (code === 0) return lines.join("\n");
  const host = options.env.DOCKER_HOST ?? "the default Docker engine";
  throw new Error(
    `docker ${args.join(" ")} failed with exit code ${code} on ${host}:\n${lines.slice(-shownLines).join("\n")}`,
  );
}

function run(
  args: readonly string[],
  options: CommandOptions,
  onLine: (line: string) => void,
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn("docker", args, {
      env: options.env,
      signal: options.signal,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", onLine);
    }
    child.on("error", (error) => {
      const isMissing = "code" in error && error.code === "ENOENT";
      reject(
        isMissing
          ? new Error(
              "there is no docker client on the PATH: install it (Debian: docker.io or docker-cli)",
            )
          : error,
      );
    });
    child.on("close", resolve);
  });
}
