import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run, tryRun } from "./command";
import { layout } from "./layout";

/** A program that is compiled from a Go module of this folder. */
export interface GoProgram {
  /** The module's folder, and the binary's name. */
  readonly name: string;
  /** The module whose version names the binary, and that version; none for a module of its own. */
  readonly main?: string;
  /** `-X` settings for the linker, from that version. */
  readonly stamps?: (version: string) => string[];
}

/** Oldest Go that builds these modules (`go 1.25.0` in their go.mod). */
export const minimumGo = "1.25";

/** Kubernetes' five programs, and two small ones of ours, in one binary. */
export const kubernetes: GoProgram = {
  name: "kubernetes",
  main: "k8s.io/kubernetes",
  stamps: (version) => {
    const [major, minor] = version.slice(1).split(".");
    return [
      `k8s.io/component-base/version.gitVersion=${version}`,
      `k8s.io/component-base/version.gitMajor=${major}`,
      `k8s.io/component-base/version.gitMinor=${minor}`,
      "k8s.io/component-base/version.gitTreeState=clean",
    ];
  },
};

/** CoreDNS with the plugins that a closed cluster needs. */
export const coredns: GoProgram = { name: "coredns", main: "github.com/coredns/coredns" };

/** The process that holds a pod's namespaces. */
export const pause: GoProgram = { name: "pause" };

/** All programs that are compiled. */
export const goPrograms: readonly GoProgram[] = [pause, coredns, kubernetes];

/** Where a program's binary is kept: named by its version and by a hash of all of its sources. */
export function binaryPath(program: GoProgram): string {
  return join(layout.bin, `${program.name}-${versionOf(program)}-${sourceHash(program)}`);
}

/** Whether all binaries are there, so that no compiler is needed. */
export function binariesReady(): boolean {
  return goPrograms.every((program) => existsSync(binaryPath(program)));
}

/** The version of the program's main module, out of its go.mod. */
export function versionOf(program: GoProgram): string {
  if (!program.main) return "own";
  const text = readFileSync(join(__dirname, program.name, "go.mod"), "utf8");
  const version = text
    .split("\n")
    .map((line) => line.trim().replace(/^require /, ""))
    .find((line) => line.startsWith(`${program.main} v`))
    ?.split(" ")[1];
  if (!version) throw new Error(`${program.name}/go.mod requires no version of ${program.main}`);
  return version;
}

function sourceHash(program: GoProgram): string {
  const folder = join(__dirname, program.name);
  const hash = createHash("sha256").update(
    JSON.stringify(program.stamps?.(versionOf(program)) ?? []),
  );
  for (const file of readdirSync(folder).sort()) {
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(join(folder, file)));
  }
  return hash.digest("hex").slice(0, 12);
}

/**
 * Compiles a program unless its binary is there, and returns the binary's path. Go's own caches lie
 * in ours, so that an interrupted build goes on where it was.
 */
export async function ensureBinary(program: GoProgram): Promise<string> {
  const path = binaryPath(program);
  if (existsSync(path)) return path;
  mkdirSync(layout.bin, { recursive: true, mode: 0o700 });
  const stamps = (program.stamps?.(versionOf(program)) ?? []).map((stamp) => `-X ${stamp}`);
  const fresh = `${path}.${process.pid}.tmp`;
  await run(
    "go",
    [
      "build",
      "-trimpath",
      "-buildvcs=false",
      "-ldflags",
      ["-s -w", ...stamps].join(" "),
      "-o",
      fresh,
      ".",
    ],
    { cwd: join(__dirname, program.name), env: goEnv(), timeoutMs: 3_600_000 },
  );
  renameSync(fresh, path);
  removeOlder(program, path);
  return path;
}

function removeOlder(program: GoProgram, current: string): void {
  for (const file of readdirSync(layout.bin)) {
    const path = join(layout.bin, file);
    if (file.startsWith(`${program.name}-`) && path !== current) rmSync(path);
  }
}

/** Removes the compiler's intermediate results, some 5 GB, once all binaries are there. */
export async function removeBuildCaches(): Promise<void> {
  if (existsSync(layout.go) && binariesReady()) {
    rmSync(layout.go, { recursive: true, force: true });
  }
}

/** The version of the Go toolchain on the PATH, as in `1.26.8`, or undefined without one. */
export async function goVersion(): Promise<string | undefined> {
  const { code, stdout } = await tryRun("go", ["env", "GOVERSION"], { cwd: "/" });
  return code === 0 ? /go(\d+\.\d+(\.\d+)?)/.exec(stdout)?.[1] : undefined;
}

/** Whether version `a` is `b` or newer, both as in `1.26.8`. */
export function atLeast(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function goEnv(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    GOCACHE: join(layout.go, "build"),
    GOMODCACHE: join(layout.go, "mod"),
    GOFLAGS: "-mod=readonly -modcacherw",
    GOWORK: "off",
    CGO_ENABLED: "0",
  };
}
