import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, realpathSync, type Stats } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import dockerignore from "@balena/dockerignore";

/**
 * A digest of all that a build reads: the Dockerfile, and of each file of the context its name, mode
 * and content, in the form of the Pulumi provider, so that both find the same inputs unchanged.
 */
export function digestContext(context: string, dockerfile: string): string {
  const whole = createHash("sha256");
  const add = (name: string, mode: string, content: Buffer) => {
    whole.update(name).update(mode).update(content).update("\0");
  };
  add("Dockerfile", "----------", sha256(readFileSync(dockerfile)));
  for (const { path, stats } of walk(context, ignoredBy(context, dockerfile))) {
    const full = join(context, path);
    if (stats.isSymbolicLink()) add(path, modeText(stats), sha256(Buffer.from(linkTarget(full))));
    else if (stats.isFile()) add(path, modeText(stats), sha256(readFileSync(full)));
    else add(path, modeText(stats), sha256(Buffer.alloc(0)));
  }
  return whole.digest("hex");
}

/** `<Dockerfile>.dockerignore` goes before the context's `.dockerignore`. */
function ignoredBy(context: string, dockerfile: string): (path: string) => boolean {
  for (const file of [`${dockerfile}.dockerignore`, join(context, ".dockerignore")]) {
    const text = readIfThere(file);
    if (text === undefined) continue;
    const patterns = dockerignore().add(text);
    return (path) => patterns.ignores(path);
  }
  return () => false;
}

/** Files in the order of their names, folder by folder. */
function* walk(
  context: string,
  isIgnored: (path: string) => boolean,
  folder = "",
): Generator<{ path: string; stats: Stats }> {
  for (const name of readdirSync(join(context, folder)).sort(byBytes)) {
    const path = folder === "" ? name : `${folder}/${name}`;
    const stats = lstatSync(join(context, path));
    // A folder that is left out may still hold a file that a later pattern brings back.
    if (stats.isDirectory()) yield* walk(context, isIgnored, path);
    else if (!isIgnored(path)) yield { path, stats };
  }
}

/** Where a link leads, relative if the context is. */
function linkTarget(path: string): string {
  const target = realpathSync(path);
  return isAbsolute(path) ? target : relative(process.cwd(), target);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** As Go prints a file's mode: `-rw-r--r--`, `Lrwxrwxrwx`. */
function modeText(stats: Stats): string {
  const kind = stats.isSymbolicLink() ? "L" : stats.isFile() ? "-" : "?";
  let text = kind;
  for (let bit = 8; bit >= 0; bit--) {
    text += stats.mode & (1 << bit) ? "rwx"[(8 - bit) % 3] : "-";
  }
  return text;
}

function sha256(content: Buffer): Buffer {
  return createHash("sha256").update(content).digest();
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
