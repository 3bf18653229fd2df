import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run, tryRun } from "./command";
import { type SourcePatch, usePatch } from "./go-patch";
import { cacheDir } from "./paths";
import { say } from "./program";

/** A program that is compiled from a Go module of `local/`. */
export interface GoProgram {
  /** The binary's name. */
  readonly name: string;
  /** The folder with the module's go.mod, below `local/`. */
  readonly module: string;
  /** What is compiled: an import path, or a folder of the module such as `./random`. Default: the module's own folder. */
  readonly package?: string;
  /** Folders of the module that hold its sources. Default: the module's own, without its subfolders. */
  readonly sources?: readonly string[];
  /** Go's build tags. Default: none. */
  readonly tags?: readonly string[];
  /** The required module whose version names the binary; none for a program of ours. */
  readonly main?: string;
  /** `-X` settings for the linker, from that version. */
  readonly stamps?: (version: string) => string[];
  /** A correction to a module that it requires. */
  readonly patch?: SourcePatch;
  /** What to say of how long it takes. */
  readonly patience?: string;
  /** Whether it is the tests of the package, compiled if `go vet` finds nothing in the sources. Default: false. */
  readonly isTest?: boolean;
}

/** Where the compiled programs are kept. */
export const binDir = join(cacheDir, "bin");

/** The compiler's downloads and intermediate results, some 8 GB, until all programs are compiled. */
export const goDir = join(cacheDir, "go");

/** Oldest Go that builds these modules (the `go` line of local/pulumi/go.mod). */
export const minimumGo = "1.26.6";

/** Where a program's binary is kept: named by its version and by a hash of its sources. */
export function binaryPath(program: GoProgram): string {
  return join(binDir, `${program.name}-${versionOf(program)}-${sourceHash(program)}`);
}

/** Whether the program is compiled already, so that no compiler is needed. */
export function isCompiled(program: GoProgram): boolean {
  return existsSync(binaryPath(program));
}

/** The version of the program's main module, out of its go.mod. */
export function versionOf({ main, module }: GoProgram): string {
  if (main === undefined) return "own";
  const requirement = new RegExp(`^(?:require |\t)${main} (v\\S+)`, "m");
  const version = requirement.exec(readFileSync(join(__dirname, module, "go.mod"), "utf8"))?.[1];
  if (!version) throw new Error(`local/${module}/go.mod requires no version of ${main}`);
  return version;
}

function sourceHash(program: GoProgram): string {
  const { module, sources = ["."], tags, patch, isTest } = program;
  const stamps = program.stamps?.(versionOf(program)) ?? [];
  const parts = [program.package, stamps, ...(patch ? [patch] : []), ...(tags ? [tags] : [])];
  const hash = createHash("sha256").update(JSON.stringify(parts));
  const folder = join(__dirname, module);
  const files = sources.flatMap((source) => goFiles(folder, source));
  const counted = files.filter((file) => isTest || !file.endsWith("_test.go"));
  for (const file of new Set(["go.mod", "go.sum", ...counted])) {
    if (!existsSync(join(folder, file))) continue;
    hash.update(`${file}\0`).update(readFileSync(join(folder, file)));
  }
  return hash.digest("hex").slice(0, 12);
}

function goFiles(folder: string, source: string): string[] {
  return readdirSync(join(folder, source))
    .filter((name) => /\.(go|json)$/.test(name))
    .sort()
    .map((name) => join(source, name));
}

/**
 * Compiles a program unless its binary is there, and says so. Go's own caches lie in ours, so that an interrupted build
 * goes on where it was.
 *
 * @param caches folder of Go's caches. Default: `goDir`.
 */
export async function ensureBinary(program: GoProgram, caches = goDir): Promise<void> {
  const path = binaryPath(program);
  if (existsSync(path)) return;
  const version = program.main ? ` ${versionOf(program)}` : "";
  say(`compile ${program.name}${version}${program.patience ?? ""}`);
  mkdirSync(binDir, { recursive: true, mode: 0o700 });
  const stamps = (program.stamps?.(versionOf(program)) ?? []).map((stamp) => `-X ${stamp}`);
  const fresh = `${path}.${process.pid}.tmp`;
  const folder = join(__dirname, program.module);
  const { patch, tags, isTest, sources = [] } = program;
  const env = goEnv(caches);
  const flags = [
    ...(patch ? [await usePatch(patch, folder, join(caches, program.name), env)] : []),
    ...(tags ? ["-tags", tags.join(",")] : []),
    ...["-trimpath", "-buildvcs=false"],
  ];
  const linking = ["-ldflags", ["-s -w", ...stamps].join(" "), "-o", fresh];
  const options = { cwd: folder, env, timeoutMs: 3_600_000 };
  if (isTest) await run("go", ["vet", ...flags, ...sources.map((one) => `./${one}`)], options);
  const command = isTest ? ["test", "-c"] : ["build"];
  await run("go", [...command, ...flags, ...linking, program.package ?? "."], options);
  renameSync(fresh, path);
  removeOlder(program, path);
}

function removeOlder(program: GoProgram, current: string): void {
  for (const file of readdirSync(binDir)) {
    const path = join(binDir, file);
    const isOfProgram = file.startsWith(`${program.name}-${program.main ? "v" : "own-"}`);
    if (isOfProgram && path !== current) rmSync(path);
  }
}

/** Removes the compiler's caches once all of the programs are compiled. */
export function removeBuildCaches(programs: readonly GoProgram[]): void {
  if (programs.every(isCompiled)) rmSync(goDir, { recursive: true, force: true });
}

/** The version of the Go toolchain on the PATH, as in `1.26.8`, or undefined without one. */
export async function goVersion(): Promise<string | undefined> {
  const { code, stdout } = await tryRun("go", ["env", "GOVERSION"], { cwd: "/" });
  return code === 0 ? /go(\d+\.\d+(\.\d+)?)/.exec(stdout)?.[1] : undefined;
}

/** Whether version `a` is `b` or newer, both as in `1.26.8`. */
export function atLeast(a: string, b: string): boolean {
  return a.localeCompare(b, "en", { numeric: true }) >= 0;
}

/** What every `go` command has in its environment besides this process' own. */
export function goEnv(caches = goDir): NodeJS.ProcessEnv {
  return {
    GOCACHE: join(caches, "build"),
    GOMODCACHE: join(caches, "mod"),
    GOFLAGS: "-mod=readonly -modcacherw",
    GOWORK: "off",
    CGO_ENABLED: "0",
  };
}
